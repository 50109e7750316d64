//! From syntax tree to program: control flow becomes jumps, declarations are hoisted.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{
    Condition, Declaration, DeclarationKind, Expr, Ident, If, Mention, MentionRole, Statement, StatementKind,
    TryCatch, While,
};
use duologue_tsql::{ParseOptions, parse_batch};

use super::{Instruction, Operation, Program, Scope};

/// Stands for a target that is not known yet.
const UNKNOWN: usize = usize::MAX;

/// Compiles a batch. The errors are those of its text, 134 for a variable declared twice and 133 for a GOTO without
/// label, 178 for a RETURN with a value. Whether variables exist that it does not declare is asked when it is called;
/// whether objects exist, when a statement runs.
pub(crate) fn compile(text: Arc<str>, options: ParseOptions) -> Result<Program, Vec<SqlError>> {
    let batch = parse_batch(&text, &options)?;
    let mut compiler = Compiler::default();
    compiler.block(batch.statements);
    compiler.resolve_gotos();
    if compiler.errors.is_empty() {
        let free = free(batch.mentions, &compiler.declarations);
        Ok(Program { text, instructions: compiler.instructions, declarations: compiler.declarations, free })
    } else {
        Err(compiler.errors)
    }
}

/// The mentions that no declaration further up in the text covers.
fn free(mentions: Vec<Mention>, declarations: &[Declaration]) -> Vec<Mention> {
    let kinds: HashMap<String, &DeclarationKind> =
        declarations.iter().map(|found| (found.variable.name.to_lowercase(), &found.kind)).collect();
    let mut declared = HashSet::new();
    let mut free = Vec::new();
    for mention in mentions {
        let name = mention.variable.name.to_lowercase();
        if mention.role == MentionRole::Declaration {
            declared.insert(name);
            continue;
        }
        let is_table = matches!(kinds.get(&name), Some(DeclarationKind::Table(_)));
        if !declared.contains(&name) || is_table != (mention.role == MentionRole::Table) {
            free.push(mention);
        }
    }
    free
}

#[derive(Default)]
struct Compiler {
    instructions: Vec<Instruction>,
    declarations: Vec<Declaration>,
    declared: HashSet<String>,
    scope: Scope,
    loops: Vec<Loop>,
    labels: HashMap<String, usize>,
    gotos: Vec<(usize, Ident)>,
    errors: Vec<SqlError>,
}

struct Loop {
    start: usize,
    breaks: Vec<usize>,
}

/// Where a statement stands in the text.
struct Place {
    line: u32,
    span: Range<usize>,
}

impl Compiler {
    fn block(&mut self, statements: Vec<Statement>) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: Statement) {
        let place = Place { line: statement.line, span: statement.span };
        match statement.kind {
            StatementKind::Block(statements) => self.block(statements),
            StatementKind::If(branch) => self.branch(place, branch),
            StatementKind::While(repeated) => self.repeat(place, repeated),
            StatementKind::TryCatch(blocks) => self.try_catch(&place, blocks),
            StatementKind::Break => self.leave_loop(place),
            StatementKind::Continue => self.next_round(place),
            StatementKind::Goto(label) => self.goto(place, label),
            StatementKind::Label(label) => self.label(&label),
            StatementKind::Return(value) => self.returns(place, value),
            StatementKind::Declare(declarations) => self.declare(place, declarations),
            other => self.emit(place, Operation::Run(other)),
        }
    }

    fn emit(&mut self, place: Place, operation: Operation) {
        let Place { line, span } = place;
        self.instructions.push(Instruction { line, span, scope: self.scope, operation });
    }

    fn next(&self) -> usize {
        self.instructions.len()
    }

    /// Emits a jump to a place that [`Compiler::aim`] tells later.
    fn jump(&mut self, place: Place) -> usize {
        self.emit(place, Operation::Jump(UNKNOWN));
        self.next() - 1
    }

    fn test(&mut self, place: Place, condition: Condition) -> usize {
        self.emit(place, Operation::Branch { condition, otherwise: UNKNOWN });
        self.next() - 1
    }

    fn aim(&mut self, jump: usize, to: usize) {
        match &mut self.instructions[jump].operation {
            Operation::Jump(target) | Operation::Branch { otherwise: target, .. } => *target = to,
            Operation::Run(_) | Operation::Return(_) => {}
        }
    }

    fn branch(&mut self, place: Place, branch: If) {
        let end_of_then = Place { line: place.line, span: place.span.clone() };
        let test = self.test(place, branch.condition);
        self.statement(*branch.then);
        let Some(otherwise) = branch.otherwise else {
            return self.aim(test, self.next());
        };
        let skip = self.jump(end_of_then);
        self.aim(test, self.next());
        self.statement(*otherwise);
        self.aim(skip, self.next());
    }

    fn repeat(&mut self, place: Place, repeated: While) {
        let end_of_body = Place { line: place.line, span: place.span.clone() };
        let start = self.next();
        let test = self.test(place, repeated.condition);
        self.loops.push(Loop { start, breaks: Vec::new() });
        self.statement(*repeated.body);
        let back = self.jump(end_of_body);
        self.aim(back, start);
        self.aim(test, self.next());
        for leave in self.loops.pop().map(|inner| inner.breaks).unwrap_or_default() {
            self.aim(leave, self.next());
        }
    }

    fn try_catch(&mut self, place: &Place, blocks: TryCatch) {
        let outer = self.scope;
        let first = self.next();
        self.scope.handler = Some(UNKNOWN);
        self.block(blocks.body);
        let skip = self.jump(Place { line: place.line, span: place.span.clone() });
        let handler = self.next();
        for instruction in &mut self.instructions[first..handler] {
            if instruction.scope.handler == Some(UNKNOWN) {
                instruction.scope.handler = Some(handler);
            }
        }
        self.scope = Scope { catch_depth: outer.catch_depth + 1, ..outer };
        self.block(blocks.handler);
        self.scope = outer;
        self.aim(skip, self.next());
    }

    fn leave_loop(&mut self, place: Place) {
        let leave = self.jump(place);
        if let Some(inner) = self.loops.last_mut() {
            inner.breaks.push(leave);
        }
    }

    fn next_round(&mut self, place: Place) {
        let start = self.loops.last().map_or(UNKNOWN, |inner| inner.start);
        self.emit(place, Operation::Jump(start));
    }

    fn goto(&mut self, place: Place, label: Ident) {
        let jump = self.jump(place);
        self.gotos.push((jump, label));
    }

    fn label(&mut self, label: &Ident) {
        self.labels.insert(label.name.to_lowercase(), self.next());
    }

    /// The parser has reported labels that are missing or declared twice.
    fn resolve_gotos(&mut self) {
        for (jump, label) in std::mem::take(&mut self.gotos) {
            match self.labels.get(&label.name.to_lowercase()) {
                Some(target) => self.aim(jump, *target),
                None => self.errors.push(sql_error!(133, label.name).at_line(label.line)),
            }
        }
    }

    /// Only procedures and functions return values, and neither is built.
    fn returns(&mut self, place: Place, value: Option<Expr>) {
        if value.is_some() {
            self.errors.push(sql_error!(178).at_line(place.line));
        }
        self.emit(place, Operation::Return(value));
    }

    fn declare(&mut self, place: Place, declarations: Vec<Declaration>) {
        for declaration in &declarations {
            let variable = &declaration.variable;
            if !self.declared.insert(variable.name.to_lowercase()) {
                self.errors.push(sql_error!(134, variable.name).at_line(variable.line));
            }
            self.declarations.push(declaration.clone());
        }
        self.emit(place, Operation::Run(StatementKind::Declare(declarations)));
    }
}
