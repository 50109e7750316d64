//! Procedures, functions, triggers, views: modules begin a batch and reach to its end.

use duologue_messages::sql_error;

use crate::ast::{
    DataType, Function, FunctionKind, Module, ModuleAction, ModuleOptions, ModuleStatement, ObjectName,
    Parameter, Procedure, Statement, StatementKind, Trigger, TriggerTarget, TriggerTiming, View,
};
use crate::errors::{Parsed, not_built};
use crate::grammar::data_type::UNSIZED;
use crate::parser::Parser;

/// First words of a module, and the name that message 111 has for it.
const MODULES: &[(&str, &str)] = &[
    ("PROCEDURE", "CREATE/ALTER PROCEDURE"),
    ("PROC", "CREATE/ALTER PROCEDURE"),
    ("FUNCTION", "CREATE FUNCTION"),
    ("TRIGGER", "CREATE TRIGGER"),
    ("VIEW", "CREATE VIEW"),
];

const OPTIONS: &[&str] = &[
    "ENCRYPTION",
    "RECOMPILE",
    "SCHEMABINDING",
    "VIEW_METADATA",
    "RETURNS NULL ON NULL INPUT",
    "CALLED ON NULL INPUT",
];

impl Parser<'_> {
    /// The name of the module whose definition comes, CREATE SCHEMA among them.
    pub(crate) fn at_module(&self) -> Option<&'static str> {
        if self.at("CREATE SCHEMA") {
            return Some("CREATE SCHEMA");
        }
        let object = match (self.at("CREATE OR ALTER"), self.at("CREATE"), self.at("ALTER")) {
            (true, ..) => 3,
            (_, true, _) | (_, _, true) => 1,
            _ => return None,
        };
        MODULES.iter().find(|(word, _)| self.is_at(object, word)).map(|(_, name)| *name)
    }

    pub(crate) fn module_statement(&mut self) -> Parsed<StatementKind> {
        if self.eat("CREATE SCHEMA") {
            return self.create_schema();
        }
        let action = match self.expect_one(&["CREATE OR ALTER", "CREATE", "ALTER"])? {
            "CREATE OR ALTER" => ModuleAction::CreateOrAlter,
            "CREATE" => ModuleAction::Create,
            _ => ModuleAction::Alter,
        };
        let module = match self.expect_one(&["PROCEDURE", "PROC", "FUNCTION", "TRIGGER", "VIEW"])? {
            "FUNCTION" => Module::Function(self.function_definition()?),
            "TRIGGER" => Module::Trigger(self.trigger_definition()?),
            "VIEW" => {
                let view = self.view(action)?;
                self.skip_semicolons();
                return if self.at_end() { Ok(view) } else { self.unexpected() };
            }
            _ => Module::Procedure(self.procedure_definition()?),
        };
        Ok(StatementKind::Module(Box::new(ModuleStatement { action, module })))
    }

    fn procedure_definition(&mut self) -> Parsed<Procedure> {
        let name = self.object_name()?;
        let number = match self.eat(";") {
            true => Some(self.integer()?.try_into().unwrap_or(i32::MAX)),
            false => None,
        };
        let parameters = self.procedure_parameters()?;
        let options = self.module_options()?;
        self.skip("FOR REPLICATION");
        self.expect("AS")?;
        Ok(Procedure { name, number, parameters, options, body: self.module_body()? })
    }

    /// With or without parentheses, which may be empty.
    fn procedure_parameters(&mut self) -> Parsed<Vec<Parameter>> {
        if self.eat("( )") {
            return Ok(Vec::new());
        }
        match self.at("(") {
            true => self.parenthesized(Parser::parameter),
            false if self.at_variable() => self.list(Parser::parameter),
            false => Ok(Vec::new()),
        }
    }

    /// Parameters without parentheses, or nothing at all.
    pub(crate) fn parameter_list(&mut self) -> Parsed<Vec<Parameter>> {
        if self.at_end() { Ok(Vec::new()) } else { self.list(Parser::parameter) }
    }

    fn parameter(&mut self) -> Parsed<Parameter> {
        let variable = self.variable()?;
        self.skip("AS");
        if self.at("CURSOR") {
            return not_built("CURSOR parameter");
        }
        let data_type = self.data_type(UNSIZED)?;
        let nullable = self.eat_any(&["NOT NULL", "NULL"]).map(|words| words == "NULL");
        let default = self.opt("=", Parser::parameter_default)?;
        let mut parameter =
            Parameter { variable, data_type, default, nullable, output: false, readonly: false };
        while let Some(word) = self.eat_any(&["OUTPUT", "OUT", "READONLY"]) {
            parameter.output |= word != "READONLY";
            parameter.readonly |= word == "READONLY";
        }
        Ok(parameter)
    }

    fn parameter_default(&mut self) -> Parsed<crate::ast::Expr> {
        if self.at_ident() { self.word_as_text() } else { self.literal_or_variable() }
    }

    /// `WITH option, …`; commas between options are optional for functions in old scripts.
    fn module_options(&mut self) -> Parsed<ModuleOptions> {
        let mut options = ModuleOptions::default();
        if !self.eat("WITH") {
            return Ok(options);
        }
        loop {
            if let Some(clause) = self.opt_execute_as_clause()? {
                options.execute_as = Some(clause);
            } else {
                self.module_option(&mut options)?;
            }
            if !self.eat(",") {
                return Ok(options);
            }
        }
    }

    fn module_option(&mut self, options: &mut ModuleOptions) -> Parsed<()> {
        match self.eat_any(OPTIONS) {
            Some("ENCRYPTION") => options.encryption = true,
            Some("RECOMPILE") => options.recompile = true,
            Some("SCHEMABINDING") => options.schemabinding = true,
            Some("VIEW_METADATA") => options.view_metadata = true,
            Some("RETURNS NULL ON NULL INPUT") => options.returns_null_on_null_input = true,
            Some(_) => {}
            None if self.at("NATIVE_COMPILATION") => return not_built("NATIVE_COMPILATION"),
            None if self.eat_option("INLINE") => drop(self.on_off()?),
            None => return self.unexpected(),
        }
        Ok(())
    }

    /// The statements up to the end of the batch.
    fn module_body(&mut self) -> Parsed<Vec<Statement>> {
        if self.at("EXTERNAL NAME") {
            return not_built("EXTERNAL NAME (a CLR module)");
        }
        self.skip_semicolons();
        if self.at_end() {
            return self.unexpected();
        }
        let outer_errors = self.errors.len();
        let mut body = Vec::new();
        while !self.at_end() && self.errors.len() < outer_errors + 20 {
            body.append(&mut self.statements_until(&["END"]));
            if !self.at_end() {
                self.errors.push(self.syntax_error());
                self.advance();
            }
        }
        Ok(body)
    }

    fn function_definition(&mut self) -> Parsed<Function> {
        let name = self.object_name()?;
        let parameters = if self.eat("( )") { Vec::new() } else { self.parenthesized(Parser::parameter)? };
        self.expect("RETURNS")?;
        if self.at_variable() {
            return self.table_function(name, parameters);
        }
        if self.eat("TABLE") {
            return self.inline_function(name, parameters);
        }
        let returns: DataType = self.data_type(UNSIZED)?;
        let options = self.module_options()?;
        self.skip("AS");
        let body = self.function_body()?;
        Ok(Function { name, parameters, options, kind: FunctionKind::Scalar { returns, body } })
    }

    fn table_function(&mut self, name: ObjectName, parameters: Vec<Parameter>) -> Parsed<Function> {
        let variable = self.variable()?;
        self.expect("TABLE")?;
        let definition = self.table_definition()?;
        let options = self.module_options()?;
        self.skip("AS");
        let body = self.function_body()?;
        Ok(Function { name, parameters, options, kind: FunctionKind::Table { variable, definition, body } })
    }

    fn inline_function(&mut self, name: ObjectName, parameters: Vec<Parameter>) -> Parsed<Function> {
        if self.at("(") {
            return not_built("EXTERNAL NAME (a CLR module)");
        }
        let options = self.module_options()?;
        self.skip("AS");
        self.expect("RETURN")?;
        // The parentheses around the query are part of it, unless it begins with WITH.
        let with_in_parentheses = self.eat("( WITH");
        if with_in_parentheses {
            self.go_to(self.position() - 1);
        }
        let query = Box::new(self.defining_query()?);
        if with_in_parentheses {
            self.expect(")")?;
        }
        self.skip_semicolons();
        if !self.at_end() {
            return self.unexpected();
        }
        Ok(Function { name, parameters, options, kind: FunctionKind::Inline { query } })
    }

    /// A multi-statement function's body is one block.
    fn function_body(&mut self) -> Parsed<Vec<Statement>> {
        if !self.at_any(&["BEGIN", "EXTERNAL NAME"]) {
            return self.unexpected();
        }
        self.module_body()
    }

    fn trigger_definition(&mut self) -> Parsed<Trigger> {
        let name = self.object_name()?;
        let target = self.trigger_target()?;
        let options = self.module_options()?;
        let timing = match self.expect_one(&["FOR", "AFTER", "INSTEAD OF"])? {
            "INSTEAD OF" => TriggerTiming::InsteadOf,
            _ => TriggerTiming::After,
        };
        let dml = matches!(target, TriggerTarget::Table(_));
        let events = self.list(|parser| {
            if dml {
                return parser.expect_one(&["INSERT", "UPDATE", "DELETE"]).map(str::to_owned);
            }
            parser.ident().map(|event| event.name.to_ascii_uppercase())
        })?;
        self.skip("WITH APPEND");
        let not_for_replication = self.eat("NOT FOR REPLICATION");
        self.expect("AS")?;
        let body = self.module_body()?;
        Ok(Trigger { name, target, options, timing, events, not_for_replication, body })
    }

    /// Behind `CREATE VIEW`.
    pub(crate) fn view(&mut self, action: ModuleAction) -> Parsed<StatementKind> {
        let name = self.object_name()?;
        let columns = self.opt_parenthesized(Parser::ident)?;
        let options = self.module_options()?;
        self.expect("AS")?;
        let query = Box::new(self.defining_query()?);
        if let Some(order) = query.query.order_by.first()
            && !top_or_offset(&query.query)
        {
            let error = sql_error!(1033).at_line(order.expr.line);
            return Err(error.into());
        }
        let with_check_option = self.eat("WITH CHECK OPTION");
        let module = Module::View(View { name, columns, options, query, with_check_option });
        Ok(StatementKind::Module(Box::new(ModuleStatement { action, module })))
    }
}

/// Whether ORDER BY means something in a view.
fn top_or_offset(query: &crate::ast::Query) -> bool {
    let top = match &query.body {
        crate::ast::QueryBody::Select(select) => select.top.is_some(),
        _ => false,
    };
    top || query.offset.is_some() || query.for_clause.is_some()
}
