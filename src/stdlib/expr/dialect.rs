//! The dialect of all SQL: Databricks' as the parser knows it, with what it reads otherwise than Spark put right.

use std::any::TypeId;

use datafusion::sql::sqlparser::ast::{BinaryOperator, Expr};
use datafusion::sql::sqlparser::dialect::{DatabricksDialect, Dialect};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;

/// Spark's SQL.
#[derive(Debug)]
pub(super) struct Spark;

/// The dialect it is but for the operators below.
const BASE: DatabricksDialect = DatabricksDialect;

impl Dialect for Spark {
    /// `a is distinct from b and c` is a conjunction: the parser would take `b and c` for the right side.
    fn parse_infix(&self, parser: &mut Parser, left: &Expr, precedence: u8) -> Option<Result<Expr, ParserError>> {
        if parser.peek_token().token == Token::Overlap {
            // Otherwise its words are about the parser, not about the text.
            let token = parser.peek_token();
            return Some(parser.expected("`and`", token));
        }
        if parser.parse_keyword(Keyword::DIV) {
            let left = Box::new(left.clone());
            let whole = |right| Expr::BinaryOp { left, op: BinaryOperator::MyIntegerDivide, right: Box::new(right) };
            return Some(parser.parse_subexpr(precedence).map(whole));
        }
        let negated = parser.parse_keywords(&[Keyword::IS, Keyword::NOT, Keyword::DISTINCT, Keyword::FROM]);
        if !negated && !parser.parse_keywords(&[Keyword::IS, Keyword::DISTINCT, Keyword::FROM]) {
            return None;
        }
        let both = |right: Expr| (Box::new(left.clone()), Box::new(right));
        Some(parser.parse_subexpr(precedence).map(|right| match (both(right), negated) {
            ((left, right), true) => Expr::IsNotDistinctFrom(left, right),
            ((left, right), false) => Expr::IsDistinctFrom(left, right),
        }))
    }

    fn dialect(&self) -> TypeId {
        BASE.dialect()
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        BASE.is_delimited_identifier_start(ch)
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        BASE.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        BASE.is_identifier_part(ch)
    }

    fn supports_string_literal_backslash_escape(&self) -> bool {
        true
    }

    fn allow_extract_custom(&self) -> bool {
        true
    }

    fn supports_numeric_prefix(&self) -> bool {
        BASE.supports_numeric_prefix()
    }

    fn supports_filter_during_aggregation(&self) -> bool {
        BASE.supports_filter_during_aggregation()
    }

    fn supports_group_by_expr(&self) -> bool {
        BASE.supports_group_by_expr()
    }

    fn supports_group_by_with_modifier(&self) -> bool {
        BASE.supports_group_by_with_modifier()
    }

    fn supports_table_versioning(&self) -> bool {
        BASE.supports_table_versioning()
    }

    fn supports_lambda_functions(&self) -> bool {
        BASE.supports_lambda_functions()
    }

    fn supports_select_wildcard_except(&self) -> bool {
        BASE.supports_select_wildcard_except()
    }

    fn require_interval_qualifier(&self) -> bool {
        BASE.require_interval_qualifier()
    }

    fn supports_struct_literal(&self) -> bool {
        BASE.supports_struct_literal()
    }

    fn supports_nested_comments(&self) -> bool {
        BASE.supports_nested_comments()
    }

    fn supports_values_as_table_factor(&self) -> bool {
        BASE.supports_values_as_table_factor()
    }

    fn supports_bang_not_operator(&self) -> bool {
        BASE.supports_bang_not_operator()
    }

    fn supports_cte_without_as(&self) -> bool {
        BASE.supports_cte_without_as()
    }

    fn supports_select_item_multi_column_alias(&self) -> bool {
        BASE.supports_select_item_multi_column_alias()
    }
}
