//! CREATE and ALTER SEQUENCE.

use crate::ast::{DdlStatement, Sequence, StatementKind};
use crate::errors::Parsed;
use crate::grammar::data_type::UNSIZED;
use crate::parser::Parser;

const OPTIONS: &[&str] = &[
    "AS",
    "START WITH",
    "RESTART WITH",
    "RESTART",
    "INCREMENT BY",
    "NO MINVALUE",
    "MINVALUE",
    "NO MAXVALUE",
    "MAXVALUE",
    "NO CYCLE",
    "CYCLE",
    "NO CACHE",
    "CACHE",
];

impl Parser<'_> {
    pub(crate) fn create_sequence(&mut self) -> Parsed<StatementKind> {
        let sequence = self.sequence()?;
        Ok(StatementKind::Ddl(Box::new(DdlStatement::CreateSequence(sequence))))
    }

    pub(crate) fn alter_sequence(&mut self) -> Parsed<StatementKind> {
        let sequence = self.sequence()?;
        Ok(StatementKind::Ddl(Box::new(DdlStatement::AlterSequence(sequence))))
    }

    fn sequence(&mut self) -> Parsed<Sequence> {
        let mut sequence = Sequence {
            name: self.object_name()?,
            data_type: None,
            start: None,
            increment: None,
            minimum: None,
            maximum: None,
            cycle: None,
            cache: None,
        };
        while let Some(option) = self.eat_any(OPTIONS) {
            match option {
                "AS" => sequence.data_type = Some(self.data_type(UNSIZED)?),
                "START WITH" | "RESTART WITH" => sequence.start = Some(Some(self.signed_integer()?)),
                "RESTART" => sequence.start = Some(None),
                "INCREMENT BY" => sequence.increment = Some(self.signed_integer()?),
                "NO MINVALUE" => sequence.minimum = Some(None),
                "MINVALUE" => sequence.minimum = Some(Some(self.signed_integer()?)),
                "NO MAXVALUE" => sequence.maximum = Some(None),
                "MAXVALUE" => sequence.maximum = Some(Some(self.signed_integer()?)),
                "NO CYCLE" | "CYCLE" => sequence.cycle = Some(option == "CYCLE"),
                "NO CACHE" => sequence.cache = Some(None),
                _ if self.peek().kind == crate::token::TokenKind::Integer => {
                    sequence.cache = Some(Some(self.signed_integer()?));
                }
                _ => sequence.cache = Some(Some(0)),
            }
        }
        Ok(sequence)
    }

    /// An integer with a sign or without; at most 38 digits.
    pub(crate) fn signed_integer(&mut self) -> Parsed<i128> {
        let negative = self.eat_any(&["-", "+"]) == Some("-");
        if self.peek().kind != crate::token::TokenKind::Integer {
            return self.unexpected();
        }
        let Ok(value) = self.token_text(self.peek()).parse::<i128>() else {
            return self.literal().and_then(|_| self.unexpected());
        };
        self.advance();
        Ok(if negative { -value } else { value })
    }
}
