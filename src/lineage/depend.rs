//! How a column can depend on another, and what becomes of that on the way. The words are those of `OpenLineage`, finer where
//! that has one word for several things.

/// How a value depends on a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// It is computed from it.
    Direct(Direct),
    /// It decides over it: which rows there are, which of several values is taken.
    Indirect(Indirect),
}

/// How a value is computed from a column, from the plainest to the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direct {
    /// It is the value, under this name or another.
    Identity,
    /// It is the value as another type.
    Cast,
    /// Something of the same row.
    Expression,
    /// Something of many rows.
    Aggregation,
}

/// How a column decides over values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Indirect {
    /// Rows are left out by it.
    Filter,
    /// Rows are matched by it.
    Join,
    /// Rows are put together by it.
    GroupBy,
    /// Rows are put in order by it.
    Sort,
    /// The rows around each one are found by it.
    Window,
    /// It chooses among values, as in `case when`.
    Conditional,
}

impl How {
    /// How something depends on a column that depends on another one in the way `inner`.
    #[must_use]
    pub fn of(self, inner: Self) -> Self {
        match (self, inner) {
            (Self::Direct(outer), Self::Direct(inner)) => Self::Direct(outer.max(inner)),
            (Self::Direct(_), indirect) => indirect,
            (indirect, _) => indirect,
        }
    }

    /// The word for people and in documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Direct(Direct::Identity) => "identity",
            Self::Direct(Direct::Cast) => "cast",
            Self::Direct(Direct::Expression) => "expression",
            Self::Direct(Direct::Aggregation) => "aggregation",
            Self::Indirect(Indirect::Filter) => "filter",
            Self::Indirect(Indirect::Join) => "join",
            Self::Indirect(Indirect::GroupBy) => "group by",
            Self::Indirect(Indirect::Sort) => "sort",
            Self::Indirect(Indirect::Window) => "window",
            Self::Indirect(Indirect::Conditional) => "condition",
        }
    }

    /// Whether the value is computed from the column.
    pub fn is_direct(self) -> bool {
        matches!(self, Self::Direct(_))
    }
}
