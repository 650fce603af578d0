//! What every sink says about itself.

use crate::spec::param::Param;

/// How a connector writes.
#[derive(Debug)]
pub struct SinkDef {
    /// Its settings, beside `type` and `inputs`.
    pub params: &'static [Param],
}
