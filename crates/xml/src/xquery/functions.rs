//! The built-in functions.

use std::ops::RangeInclusive;

/// A function of XQuery that SQL Server has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Data,
    String,
    Number,
    Count,
    Sum,
    Avg,
    Min,
    Max,
    LocalName,
    NamespaceUri,
    Concat,
    Contains,
    Substring,
    StringLength,
    UpperCase,
    LowerCase,
    Not,
    Empty,
    True,
    False,
    Position,
    Last,
    Floor,
    Ceiling,
    Round,
}

/// Arguments of `concat()` at most: every one is an expression to keep.
const MAX_ARGUMENTS: usize = 1000;

const FUNCTIONS: [(&str, Function); 25] = [
    ("data", Function::Data),
    ("string", Function::String),
    ("number", Function::Number),
    ("count", Function::Count),
    ("sum", Function::Sum),
    ("avg", Function::Avg),
    ("min", Function::Min),
    ("max", Function::Max),
    ("local-name", Function::LocalName),
    ("namespace-uri", Function::NamespaceUri),
    ("concat", Function::Concat),
    ("contains", Function::Contains),
    ("substring", Function::Substring),
    ("string-length", Function::StringLength),
    ("upper-case", Function::UpperCase),
    ("lower-case", Function::LowerCase),
    ("not", Function::Not),
    ("empty", Function::Empty),
    ("true", Function::True),
    ("false", Function::False),
    ("position", Function::Position),
    ("last", Function::Last),
    ("floor", Function::Floor),
    ("ceiling", Function::Ceiling),
    ("round", Function::Round),
];

impl Function {
    /// The function of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        FUNCTIONS.iter().find(|(known, _)| *known == name).map(|(_, function)| *function)
    }

    /// Its name, as errors spell it.
    pub(crate) fn name(self) -> &'static str {
        FUNCTIONS.iter().find(|(_, function)| *function == self).map_or("", |(name, _)| name)
    }

    /// How many arguments it takes.
    pub(crate) fn arity(self) -> RangeInclusive<usize> {
        match self {
            Self::True | Self::False | Self::Position | Self::Last => 0..=0,
            Self::String | Self::Number | Self::LocalName | Self::NamespaceUri | Self::StringLength => 0..=1,
            Self::Data
            | Self::Count
            | Self::Sum
            | Self::Avg
            | Self::Min
            | Self::Max
            | Self::UpperCase
            | Self::LowerCase
            | Self::Not
            | Self::Empty
            | Self::Floor
            | Self::Ceiling
            | Self::Round => 1..=1,
            Self::Contains => 2..=2,
            Self::Substring => 2..=3,
            Self::Concat => 2..=MAX_ARGUMENTS,
        }
    }

    /// Whether each argument must be one item at most; the others take sequences.
    pub(crate) fn wants_singletons(self) -> bool {
        matches!(
            self,
            Self::String
                | Self::Number
                | Self::LocalName
                | Self::NamespaceUri
                | Self::Concat
                | Self::Contains
                | Self::Substring
                | Self::StringLength
                | Self::UpperCase
                | Self::LowerCase
                | Self::Floor
                | Self::Ceiling
                | Self::Round
        )
    }
}
