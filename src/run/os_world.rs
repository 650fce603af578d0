//! The world as it is: the file system, the environment, the clock.
