//! Commits and crashes, in real folders.
