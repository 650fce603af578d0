//! SQL text to typed DataFusion expressions, with the engine's complaints mapped back to spans.
