//! Writes sinks into real folders, and reads them back with the engine's own readers.
