//! How diagnostics are shown: one file a format.
