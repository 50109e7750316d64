//! Which type converts to which (the matrix of the `CAST` and `CONVERT` page).

use duologue_messages::{SqlError, sql_error};

use crate::convert::Mode;
use crate::sql_type::{Family, SqlType};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Rule {
    /// By itself.
    Implicit,
    /// With `CAST` or `CONVERT` only.
    Explicit,
    Never,
}

/// Whether a value of type `from` may become one of type `to`, whatever its value.
///
/// # Errors
/// 206 and 257 for implicit conversions, 529 for `CAST` and `CONVERT`.
pub fn check_conversion(from: SqlType, to: SqlType, mode: Mode) -> Result<(), SqlError> {
    let (from_name, to_name) = (from.error_name(), to.error_name());
    match (rule(from.family(), to.family()), mode) {
        (Rule::Implicit, _) | (Rule::Explicit, Mode::Explicit) => Ok(()),
        (Rule::Explicit, _) => Err(sql_error!(257, from_name, to_name)),
        (Rule::Never, Mode::Explicit) => Err(sql_error!(529, from_name, to_name)),
        (Rule::Never, _) => Err(sql_error!(206, from_name, to_name)),
    }
}

fn rule(from: Family, to: Family) -> Rule {
    if from == to {
        return Rule::Implicit;
    }
    match from {
        Family::Integer | Family::Decimal | Family::Float | Family::Money => from_number(from, to),
        Family::Date | Family::Time | Family::DateTime | Family::DateTime2 | Family::DateTimeOffset => {
            from_date(from, to)
        }
        Family::Character | Family::Unicode => from_string(from, to),
        Family::Binary => from_binary(to),
        Family::Guid => match to {
            _ if to.is_string() => Rule::Implicit,
            Family::Binary | Family::Variant => Rule::Implicit,
            _ => Rule::Never,
        },
        Family::Text | Family::NText => match to {
            Family::Character | Family::Unicode | Family::Text | Family::NText | Family::Xml => {
                Rule::Implicit
            }
            _ => Rule::Never,
        },
        Family::Image => match to {
            Family::Binary | Family::Xml => Rule::Implicit,
            _ => Rule::Never,
        },
        Family::Xml => match to {
            Family::Character | Family::Unicode | Family::Binary => Rule::Explicit,
            _ => Rule::Never,
        },
        Family::Variant if to.is_old_large_object() || to == Family::Xml => Rule::Never,
        Family::Variant => Rule::Explicit,
    }
}

fn from_number(from: Family, to: Family) -> Rule {
    match to {
        _ if to.is_number() => Rule::Implicit,
        // The one number that needs CONVERT to become text.
        _ if to.is_string() && from == Family::Money => Rule::Explicit,
        _ if to.is_string() => Rule::Implicit,
        Family::Binary | Family::DateTime | Family::Variant => Rule::Implicit,
        _ => Rule::Never,
    }
}

fn from_date(from: Family, to: Family) -> Rule {
    match (from, to) {
        (Family::Date, Family::Time) | (Family::Time, Family::Date) => Rule::Never,
        _ if to.is_date_or_time() || to.is_string() || to == Family::Variant => Rule::Implicit,
        (_, Family::Binary) => Rule::Explicit,
        (Family::DateTime, _) if to.is_number() => Rule::Explicit,
        _ => Rule::Never,
    }
}

fn from_string(from: Family, to: Family) -> Rule {
    match (from, to) {
        (_, Family::Binary) => Rule::Explicit,
        (Family::Unicode, Family::Image) => Rule::Never,
        _ => Rule::Implicit,
    }
}

fn from_binary(to: Family) -> Rule {
    match to {
        Family::Date | Family::Time | Family::DateTime2 | Family::DateTimeOffset => Rule::Explicit,
        Family::Float | Family::Text | Family::NText => Rule::Never,
        _ => Rule::Implicit,
    }
}
