//! Names, variables and data types.

use duologue_types::SqlType;

/// An identifier as written, without its brackets or quotation marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident {
    pub name: String,
    /// Written as `[name]` or `"name"`.
    pub quoted: bool,
    pub line: u32,
}

impl Ident {
    /// Whether the name is `other`, ASCII case ignored.
    pub fn is(&self, other: &str) -> bool {
        self.name.eq_ignore_ascii_case(other)
    }
}

/// `[[[server.]database.]schema.]object`. A part that is left out between dots (`db..t`) is an empty name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectName {
    /// One to four parts, the object last.
    pub parts: Vec<Ident>,
}

impl ObjectName {
    /// The object itself.
    pub fn object(&self) -> &str {
        self.part(0).unwrap_or_default()
    }

    /// The schema, if one is written and not empty.
    pub fn schema(&self) -> Option<&str> {
        self.part(1)
    }

    /// The database, if one is written and not empty.
    pub fn database(&self) -> Option<&str> {
        self.part(2)
    }

    /// The linked server, if one is written and not empty.
    pub fn server(&self) -> Option<&str> {
        self.part(3)
    }

    /// Line of the first part.
    pub fn line(&self) -> u32 {
        self.parts.first().map_or(0, |ident| ident.line)
    }

    fn part(&self, from_the_end: usize) -> Option<&str> {
        let ident = self.parts.iter().rev().nth(from_the_end)?;
        (!ident.name.is_empty()).then_some(ident.name.as_str())
    }
}

/// `@name`; `name` includes the at sign. Names compare case-insensitively.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    pub line: u32,
}

/// A data type as written and as understood.
#[derive(Clone, Debug, PartialEq)]
pub struct DataType {
    /// The name as written, without arguments: `sysname`, `dbo.OrderList`.
    pub name: ObjectName,
    pub kind: DataTypeKind,
}

/// What a type name means as far as no catalog is needed.
#[derive(Clone, Debug, PartialEq)]
pub enum DataTypeKind {
    /// Built in; lengths, precision and scale are filled in with T-SQL's defaults (30 characters in CAST and
    /// CONVERT, 1 elsewhere). `sysname` is `nvarchar(128)`.
    BuiltIn(SqlType),
    /// `xml ( [CONTENT | DOCUMENT] collection )`.
    TypedXml { document: bool, collection: ObjectName },
    /// `rowversion`, `timestamp`.
    RowVersion,
    /// An alias, table or CLR type: the catalog knows.
    User,
}

/// A string or a variable where the grammar takes nothing else.
#[derive(Clone, Debug, PartialEq)]
pub enum StringOrVariable {
    String(String),
    Variable(Variable),
}

/// A name that may come from a variable (`FROM SERVICE @s`).
#[derive(Clone, Debug, PartialEq)]
pub enum NameOrVariable {
    Name(Ident),
    Variable(Variable),
}

/// Whether a name is a session's temporary table: `#t`, also behind `tempdb..`.
pub fn is_temp_table(name: &ObjectName) -> bool {
    let is_tempdb = |database: &str| database.eq_ignore_ascii_case("tempdb");
    name.object().starts_with('#') && name.database().is_none_or(is_tempdb)
}
