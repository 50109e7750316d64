//! Recursive descent over the tokens of one query.

use std::collections::BTreeMap;

use duologue_messages::{SqlError, sql_error};

use super::Method;
use super::ast::{Axis, Comparison, Expression, NodeTest, Operator, Path, Start, Step};
use super::functions::Function;
use super::item::Scalar;
use super::lexer::{Token, tokens};
use crate::errors;

/// Parentheses, predicates and calls inside one another.
const MAX_NESTING: usize = 100;
/// Operators of one query: `1+1+1…` nests to the left, and what walks the tree needs stack for each.
const MAX_OPERATORS: usize = 250;

/// Prefixes that need no declaration.
const PREDEFINED: [(&str, &str); 6] = [
    ("xml", "http://www.w3.org/XML/1998/namespace"),
    ("xs", "http://www.w3.org/2001/XMLSchema"),
    ("xsi", "http://www.w3.org/2001/XMLSchema-instance"),
    ("xdt", "http://www.w3.org/2004/07/xpath-datatypes"),
    ("fn", "http://www.w3.org/2004/07/xpath-functions"),
    ("sqltypes", "http://schemas.microsoft.com/sqlserver/2004/sqltypes"),
];

/// Parses a whole query.
pub(crate) fn parse(method: Method, text: &str) -> Result<Expression, SqlError> {
    let namespaces =
        PREDEFINED.iter().map(|(prefix, uri)| ((*prefix).to_owned(), (*uri).to_owned())).collect();
    let tokens = tokens(method, text)?;
    let mut parser =
        Parser { method, tokens, next: 0, namespaces, default_namespace: None, nesting: 0, operators: 0 };
    parser.prolog()?;
    let expression = parser.sequence()?;
    match parser.peek() {
        Token::End => Ok(expression),
        Token::Symbol("|") => Err(parser.not_built("union of paths")),
        Token::Name { prefix: None, local } if is_type_operator(local) => {
            Err(parser.not_built(&format!("operator {local}")))
        }
        other => {
            let found = other.spelling();
            Err(sql_error!(2370, method.prefix(), found))
        }
    }
}

fn is_type_operator(name: &str) -> bool {
    matches!(name, "cast" | "instance" | "treat" | "union" | "except" | "intersect" | "is" | "to" | "return")
}

struct Parser {
    method: Method,
    tokens: Vec<Token>,
    next: usize,
    namespaces: BTreeMap<String, String>,
    default_namespace: Option<String>,
    nesting: usize,
    operators: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.peek_at(0)
    }

    fn peek_at(&self, distance: usize) -> &Token {
        self.tokens.get(self.next + distance).unwrap_or(&Token::End)
    }

    fn advance(&mut self) -> Token {
        let token = self.peek().clone();
        self.next += 1;
        token
    }

    fn eat(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), Token::Symbol(found) if *found == symbol);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), SqlError> {
        if self.eat(symbol) { Ok(()) } else { Err(sql_error!(2205, self.method.prefix(), symbol)) }
    }

    fn is_word(&self, distance: usize, word: &str) -> bool {
        matches!(self.peek_at(distance), Token::Name { prefix: None, local } if local == word)
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(0, word);
        self.next += usize::from(found);
        found
    }

    fn syntax_error(&self) -> SqlError {
        errors::syntax(self.method, &self.peek().spelling())
    }

    fn not_built(&self, feature: &str) -> SqlError {
        sql_error!(49901, format!("{}{feature}", self.method.prefix()))
    }

    // The prolog.

    fn prolog(&mut self) -> Result<(), SqlError> {
        while self.is_word(0, "declare") && matches!(self.peek_at(1), Token::Name { .. }) {
            self.next += 1;
            if self.eat_word("namespace") {
                self.namespace_declaration()?;
            } else if self.eat_word("default") && self.eat_word("element") && self.eat_word("namespace") {
                self.default_namespace = Some(self.text_literal()?);
            } else {
                return Err(self.syntax_error());
            }
            self.expect(";")?;
        }
        Ok(())
    }

    fn namespace_declaration(&mut self) -> Result<(), SqlError> {
        let Token::Name { prefix: None, local } = self.advance() else { return Err(self.syntax_error()) };
        self.expect("=")?;
        let uri = self.text_literal()?;
        self.namespaces.insert(local, uri);
        Ok(())
    }

    fn text_literal(&mut self) -> Result<String, SqlError> {
        match self.advance() {
            Token::Text(text) => Ok(text),
            _ => {
                self.next -= 1;
                Err(self.syntax_error())
            }
        }
    }

    // Expressions, weakest binding first.

    /// `a, b`; one expression stays itself.
    fn sequence(&mut self) -> Result<Expression, SqlError> {
        let first = self.single()?;
        if *self.peek() != Token::Symbol(",") {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.eat(",") {
            parts.push(self.single()?);
        }
        Ok(Expression::Sequence(parts))
    }

    fn single(&mut self) -> Result<Expression, SqlError> {
        if self.nesting >= MAX_NESTING {
            return Err(sql_error!(191));
        }
        self.nesting += 1;
        let expression = self.refuse_unbuilt().and_then(|()| self.or());
        self.nesting -= 1;
        expression
    }

    fn count_operator(&mut self) -> Result<(), SqlError> {
        self.operators += 1;
        if self.operators > MAX_OPERATORS { Err(sql_error!(191)) } else { Ok(()) }
    }

    /// Expressions that begin with a word only XQuery proper has.
    fn refuse_unbuilt(&self) -> Result<(), SqlError> {
        let Token::Name { prefix: None, local } = self.peek() else { return Ok(()) };
        let followed_by = |symbol| *self.peek_at(1) == Token::Symbol(symbol);
        let followed_by_name = matches!(self.peek_at(1), Token::Name { .. });
        let is_unbuilt = match local.as_str() {
            "for" | "let" | "some" | "every" => followed_by("$"),
            "if" => followed_by("("),
            "element" | "attribute" | "text" => followed_by("{") || (local != "text" && followed_by_name),
            "insert" | "delete" | "replace" => !followed_by("/") && (followed_by_name || followed_by("(")),
            _ => false,
        };
        if is_unbuilt { Err(self.not_built(&format!("expression '{local}'"))) } else { Ok(()) }
    }

    fn or(&mut self) -> Result<Expression, SqlError> {
        let mut left = self.and()?;
        while self.eat_word("or") {
            self.count_operator()?;
            left = Expression::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expression, SqlError> {
        let mut left = self.comparison()?;
        while self.eat_word("and") {
            self.count_operator()?;
            left = Expression::And(Box::new(left), Box::new(self.comparison()?));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<Expression, SqlError> {
        let left = self.additive()?;
        let Some(comparison) = self.comparison_operator() else { return Ok(left) };
        self.next += 1;
        let right = self.additive()?;
        Ok(Expression::Compare(comparison, Box::new(left), Box::new(right)))
    }

    fn comparison_operator(&self) -> Option<Comparison> {
        let spelling = match self.peek() {
            Token::Symbol(symbol) => *symbol,
            Token::Name { prefix: None, local } => local,
            _ => return None,
        };
        Some(match spelling {
            "=" | "eq" => Comparison::Equal,
            "!=" | "ne" => Comparison::NotEqual,
            "<" | "lt" => Comparison::Less,
            "<=" | "le" => Comparison::LessOrEqual,
            ">" | "gt" => Comparison::Greater,
            ">=" | "ge" => Comparison::GreaterOrEqual,
            _ => return None,
        })
    }

    fn additive(&mut self) -> Result<Expression, SqlError> {
        let mut left = self.multiplicative()?;
        loop {
            let operator = match self.peek() {
                Token::Symbol("+") => Operator::Add,
                Token::Symbol("-") => Operator::Subtract,
                _ => return Ok(left),
            };
            self.next += 1;
            self.count_operator()?;
            left = Expression::Arithmetic(operator, Box::new(left), Box::new(self.multiplicative()?));
        }
    }

    fn multiplicative(&mut self) -> Result<Expression, SqlError> {
        let mut left = self.unary()?;
        loop {
            let operator = match self.peek() {
                Token::Symbol("*") => Operator::Multiply,
                Token::Name { prefix: None, local } if local == "div" => Operator::Divide,
                Token::Name { prefix: None, local } if local == "mod" => Operator::Modulo,
                _ => return Ok(left),
            };
            self.next += 1;
            self.count_operator()?;
            left = Expression::Arithmetic(operator, Box::new(left), Box::new(self.unary()?));
        }
    }

    fn unary(&mut self) -> Result<Expression, SqlError> {
        let mut is_negative = false;
        loop {
            if self.eat("-") {
                is_negative = !is_negative;
            } else if !self.eat("+") {
                break;
            }
        }
        let operand = self.path()?;
        Ok(if is_negative { Expression::Negate(Box::new(operand)) } else { operand })
    }

    // Paths.

    fn path(&mut self) -> Result<Expression, SqlError> {
        let mut steps = Vec::new();
        let start = if self.eat("//") {
            steps.push(any_descendant());
            steps.push(self.step()?);
            Start::Document
        } else if self.eat("/") {
            if !self.at_step() {
                return Ok(Expression::Path(Path { start: Start::Document, steps }));
            }
            steps.push(self.step()?);
            Start::Document
        } else if self.at_primary() {
            let primary = self.primary()?;
            let predicates = self.predicates()?;
            if predicates.is_empty() && !matches!(self.peek(), Token::Symbol("/" | "//")) {
                return Ok(primary);
            }
            Start::Filter(Box::new(primary), predicates)
        } else {
            steps.push(self.step()?);
            Start::Context
        };
        self.more_steps(&mut steps)?;
        Ok(Expression::Path(Path { start, steps }))
    }

    fn more_steps(&mut self, steps: &mut Vec<Step>) -> Result<(), SqlError> {
        loop {
            if self.eat("//") {
                steps.push(any_descendant());
            } else if !self.eat("/") {
                return Ok(());
            }
            steps.push(self.step()?);
        }
    }

    fn at_step(&self) -> bool {
        matches!(self.peek(), Token::Name { .. } | Token::Symbol("." | ".." | "@" | "*"))
    }

    /// A literal, a parenthesis or a call; kind tests look like calls.
    fn at_primary(&self) -> bool {
        match self.peek() {
            Token::Text(_) | Token::Number(_) | Token::Symbol("(" | "$" | "<") => true,
            Token::Name { prefix, local } => {
                *self.peek_at(1) == Token::Symbol("(") && (prefix.is_some() || kind_test(local).is_none())
            }
            _ => false,
        }
    }

    fn step(&mut self) -> Result<Step, SqlError> {
        let (axis, test) = self.axis_and_test()?;
        let predicates = self.predicates()?;
        Ok(Step { axis, test, predicates })
    }

    fn axis_and_test(&mut self) -> Result<(Axis, NodeTest), SqlError> {
        if self.eat("..") {
            return Ok((Axis::Parent, NodeTest::AnyKind));
        }
        if self.eat(".") {
            return Ok((Axis::SelfNode, NodeTest::AnyKind));
        }
        if self.eat("@") {
            return Ok((Axis::Attribute, self.node_test(Axis::Attribute)?));
        }
        let axis = self.explicit_axis()?.unwrap_or(Axis::Child);
        Ok((axis, self.node_test(axis)?))
    }

    fn explicit_axis(&mut self) -> Result<Option<Axis>, SqlError> {
        if *self.peek_at(1) != Token::Symbol("::") {
            return Ok(None);
        }
        let Token::Name { prefix: None, local } = self.peek() else { return Err(self.syntax_error()) };
        let axis = match local.as_str() {
            "child" => Axis::Child,
            "attribute" => Axis::Attribute,
            "self" => Axis::SelfNode,
            "parent" => Axis::Parent,
            "descendant" => Axis::Descendant,
            "descendant-or-self" => Axis::DescendantOrSelf,
            other => return Err(self.not_built(&format!("axis {other}"))),
        };
        self.next += 2;
        Ok(Some(axis))
    }

    fn node_test(&mut self, axis: Axis) -> Result<NodeTest, SqlError> {
        if self.eat("*") {
            return Ok(NodeTest::AnyName);
        }
        let Token::Name { prefix, local } = self.peek().clone() else { return Err(self.syntax_error()) };
        self.next += 1;
        if *self.peek() == Token::Symbol("(") {
            let test = kind_test(&local).filter(|_| prefix.is_none()).ok_or_else(|| self.syntax_error())?;
            self.expect("(")?;
            self.expect(")")?;
            return Ok(test);
        }
        match prefix.as_deref() {
            Some("*") => Ok(NodeTest::AnyNamespace { local }),
            Some(prefix) => {
                let namespace = Some(self.namespace(prefix)?);
                Ok(if local == "*" {
                    NodeTest::AnyLocal { namespace }
                } else {
                    NodeTest::Name { namespace, local }
                })
            }
            None => {
                let namespace = self.default_namespace.clone().filter(|_| axis != Axis::Attribute);
                Ok(NodeTest::Name { namespace, local })
            }
        }
    }

    fn namespace(&self, prefix: &str) -> Result<String, SqlError> {
        let unknown = || sql_error!(2229, self.method.prefix(), prefix);
        self.namespaces.get(prefix).cloned().ok_or_else(unknown)
    }

    fn predicates(&mut self) -> Result<Vec<Expression>, SqlError> {
        let mut predicates = Vec::new();
        while self.eat("[") {
            predicates.push(self.single()?);
            self.expect("]")?;
        }
        Ok(predicates)
    }

    // Primary expressions.

    fn primary(&mut self) -> Result<Expression, SqlError> {
        match self.advance() {
            Token::Text(text) => Ok(Expression::Literal(Scalar::Text(text))),
            Token::Number(number) => Ok(Expression::Literal(Scalar::Number(number))),
            Token::Symbol("(") => self.parenthesised(),
            Token::Symbol("$") => Err(self.not_built("variables")),
            Token::Symbol("<") => Err(self.not_built("element constructors")),
            Token::Name { prefix, local } => self.call(prefix.as_deref(), &local),
            _ => {
                self.next -= 1;
                Err(self.syntax_error())
            }
        }
    }

    fn parenthesised(&mut self) -> Result<Expression, SqlError> {
        if self.eat(")") {
            return Ok(Expression::Sequence(Vec::new()));
        }
        let inner = self.sequence()?;
        self.expect(")")?;
        Ok(inner)
    }

    fn call(&mut self, prefix: Option<&str>, name: &str) -> Result<Expression, SqlError> {
        self.expect("(")?;
        match prefix {
            Some("sql") => return self.sql_function(name),
            Some("xs" | "xdt") => return Err(self.not_built(&format!("constructor function xs:{name}()"))),
            _ => {}
        }
        let function = Function::named(name).filter(|_| matches!(prefix, None | Some("fn")));
        let function = function.ok_or_else(|| self.no_function(prefix, name))?;
        let mut arguments = Vec::new();
        if !self.eat(")") {
            arguments.push(self.single()?);
            while self.eat(",") {
                arguments.push(self.single()?);
            }
            self.expect(")")?;
        }
        if !function.arity().contains(&arguments.len()) {
            return Err(self.no_function(prefix, name));
        }
        Ok(Expression::Call(function, arguments))
    }

    fn no_function(&self, prefix: Option<&str>, name: &str) -> SqlError {
        let namespace = self.namespaces.get(prefix.unwrap_or("fn")).map_or("", String::as_str);
        errors::no_function(self.method, namespace, name)
    }

    /// `sql:variable("@x")` and `sql:column("t.c")`.
    fn sql_function(&mut self, name: &str) -> Result<Expression, SqlError> {
        let argument = self.text_literal()?;
        self.expect(")")?;
        match name {
            "variable" => Ok(Expression::Variable(argument)),
            "column" => Ok(Expression::Column(argument)),
            _ => Err(errors::no_function(self.method, "sql", name)),
        }
    }
}

/// `//` stands for this step between two others.
fn any_descendant() -> Step {
    Step { axis: Axis::DescendantOrSelf, test: NodeTest::AnyKind, predicates: Vec::new() }
}

fn kind_test(name: &str) -> Option<NodeTest> {
    Some(match name {
        "node" => NodeTest::AnyKind,
        "text" => NodeTest::Text,
        "comment" => NodeTest::Comment,
        "processing-instruction" => NodeTest::Instruction,
        _ => return None,
    })
}
