//! A diagnostic that travels as an error of the engine: what an operator of ours has to say when a run fails.

use std::error::Error;
use std::fmt;

use datafusion::error::DataFusionError;

use crate::diag::Diagnostic;

/// A failure at run time that already knows its code, its place and what to do.
#[derive(Debug, Clone)]
pub struct RunFailure(pub Diagnostic);

impl fmt::Display for RunFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl Error for RunFailure {}

impl From<RunFailure> for DataFusionError {
    fn from(failure: RunFailure) -> Self {
        Self::External(Box::new(failure))
    }
}

/// The engine's error that carries `diagnostic`.
pub fn fail(diagnostic: Diagnostic) -> DataFusionError {
    RunFailure(diagnostic).into()
}

/// The diagnostic that an engine's error carries, however deep it was wrapped on its way.
pub fn find(error: &DataFusionError) -> Option<&Diagnostic> {
    if let DataFusionError::Collection(errors) = error {
        return errors.iter().find_map(find);
    }
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(RunFailure(diagnostic)) = error.downcast_ref() {
            return Some(diagnostic);
        }
        // A boxed error hands out its source, not itself.
        if let Some(DataFusionError::External(inner)) = error.downcast_ref()
            && let Some(RunFailure(diagnostic)) = inner.downcast_ref()
        {
            return Some(diagnostic);
        }
        if let Some(DataFusionError::Shared(inner)) = error.downcast_ref() {
            return find(inner);
        }
        next = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::error::ArrowError;

    use super::*;
    use crate::diag::codes;

    fn failure() -> DataFusionError {
        fail(Diagnostic::bare(&codes::run::SOURCE_UNREADABLE, "cannot read `a.csv`"))
    }

    #[test]
    fn is_found_however_it_was_wrapped() {
        for error in [
            failure(),
            failure().context("while reading"),
            DataFusionError::Shared(Arc::new(failure())),
            DataFusionError::Shared(Arc::new(failure().context("deeper"))),
            DataFusionError::Collection(vec![DataFusionError::Internal("x".into()), failure()]),
            DataFusionError::ArrowError(Box::new(ArrowError::ExternalError(Box::new(failure()))), None),
        ] {
            assert_eq!(find(&error).map(|found| found.message.as_str()), Some("cannot read `a.csv`"), "{error:?}");
        }
        assert_eq!(find(&DataFusionError::Internal("x".into())), None);
    }
}
