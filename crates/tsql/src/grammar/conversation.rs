//! Dialogs: BEGIN, SEND, RECEIVE, GET CONVERSATION GROUP, MOVE, END, timers.

use crate::ast::{
    BeginDialog, BrokerStatement, EndConversationMode, GetConversationGroup, MentionRole, Receive,
    ReceiveFilter, RelatedConversation, Send, StatementKind,
};
use crate::errors::Parsed;
use crate::grammar::broker::broker;
use crate::parser::Parser;

impl Parser<'_> {
    /// Behind `BEGIN DIALOG [CONVERSATION]`.
    pub(crate) fn begin_dialog(&mut self) -> Parsed<StatementKind> {
        let handle = self.variable()?;
        self.expect("FROM SERVICE")?;
        let from_service = self.name_or_variable()?;
        self.expect("TO SERVICE")?;
        let to_service = self.string_or_variable()?;
        let broker_instance = self.opt(",", Parser::string_or_variable)?;
        let contract = self.opt("ON CONTRACT", Parser::name_or_variable)?;
        let mut dialog = BeginDialog {
            handle,
            from_service,
            to_service,
            broker_instance,
            contract,
            related: None,
            lifetime: None,
            encryption: true,
        };
        if self.eat("WITH") {
            self.dialog_options(&mut dialog)?;
        }
        broker(BrokerStatement::BeginDialog(dialog))
    }

    /// In any order, each at most once; an example of the documentation has no comma between them.
    fn dialog_options(&mut self, dialog: &mut BeginDialog) -> Parsed<()> {
        const NAMES: &[&str] =
            &["RELATED_CONVERSATION =", "RELATED_CONVERSATION_GROUP =", "LIFETIME =", "ENCRYPTION ="];
        let mut encryption = None;
        loop {
            let start = self.position();
            let fresh = match self.expect_one(NAMES)? {
                "RELATED_CONVERSATION =" => {
                    dialog.related.replace(RelatedConversation::Conversation(self.expr()?)).is_none()
                }
                "RELATED_CONVERSATION_GROUP =" => {
                    dialog.related.replace(RelatedConversation::Group(self.expr()?)).is_none()
                }
                "LIFETIME =" => dialog.lifetime.replace(self.expr()?).is_none(),
                _ => encryption.replace(self.on_off()?).is_none(),
            };
            self.once(fresh, start)?;
            if !self.eat(",") && !self.at_any(NAMES) {
                dialog.encryption = encryption.unwrap_or(true);
                return Ok(());
            }
        }
    }

    /// Behind `BEGIN CONVERSATION TIMER`.
    pub(crate) fn begin_conversation_timer(&mut self) -> Parsed<StatementKind> {
        self.expect("(")?;
        let handle = self.expr()?;
        self.expect(")")?;
        self.expect_option("TIMEOUT")?;
        broker(BrokerStatement::BeginConversationTimer { handle, timeout: self.expr()? })
    }

    /// Behind `SEND ON CONVERSATION`.
    pub(crate) fn send(&mut self) -> Parsed<StatementKind> {
        let handles = match self.at("(") && !self.at_subquery() {
            true => self.parenthesized(Parser::expr)?,
            false => vec![self.conversation_handle()?],
        };
        let message_type = self.opt("MESSAGE TYPE", Parser::name_or_variable)?;
        let body = match self.eat("(") {
            true => {
                let body = self.expr()?;
                self.expect(")")?;
                Some(body)
            }
            false => None,
        };
        broker(BrokerStatement::Send(Send { handles, message_type, body }))
    }

    /// A handle that a body in parentheses may follow, so that a column's name is not taken for a function.
    fn conversation_handle(&mut self) -> Parsed<crate::ast::Expr> {
        if self.at_ident() && !self.is_at(1, ".") {
            let start = self.position();
            let name = self.single_name()?;
            return Ok(self.expr_from(start, crate::ast::ExprKind::Column(name)));
        }
        self.expr()
    }

    pub(crate) fn receive_statement(&mut self) -> Parsed<StatementKind> {
        broker(BrokerStatement::Receive(self.receive()?))
    }

    /// Behind RECEIVE.
    pub(crate) fn receive(&mut self) -> Parsed<Receive> {
        let top = match self.eat("TOP") {
            true => {
                self.expect("(")?;
                let top = self.expr()?;
                self.expect(")")?;
                Some(top)
            }
            false => None,
        };
        let items = self.list(Parser::select_item)?;
        self.expect("FROM")?;
        let queue = self.object_name()?;
        let into = self.opt("INTO", |parser| parser.mention(MentionRole::Table))?;
        let filter = self.opt("WHERE", Parser::receive_filter)?;
        Ok(Receive { top, items, queue, into, filter })
    }

    fn receive_filter(&mut self) -> Parsed<ReceiveFilter> {
        let column = self.ident()?;
        let group = column.is("conversation_group_id");
        if !group && !column.is("conversation_handle") {
            self.go_to(self.position() - 1);
            return self.unexpected();
        }
        self.expect("=")?;
        let value = self.literal_or_variable()?;
        Ok(if group { ReceiveFilter::Group(value) } else { ReceiveFilter::Conversation(value) })
    }

    pub(crate) fn get_conversation_group_statement(&mut self) -> Parsed<StatementKind> {
        broker(BrokerStatement::GetConversationGroup(self.get_conversation_group()?))
    }

    /// Behind `GET CONVERSATION GROUP`.
    pub(crate) fn get_conversation_group(&mut self) -> Parsed<GetConversationGroup> {
        let variable = self.variable()?;
        self.expect("FROM")?;
        Ok(GetConversationGroup { variable, queue: self.object_name()? })
    }

    /// Behind `MOVE CONVERSATION`.
    pub(crate) fn move_conversation(&mut self) -> Parsed<StatementKind> {
        let handle = self.expr()?;
        self.expect("TO")?;
        broker(BrokerStatement::MoveConversation { handle, group: self.expr()? })
    }

    /// `END CONVERSATION …`; any other END is out of place here.
    pub(crate) fn end_conversation_or_unexpected(&mut self) -> Parsed<StatementKind> {
        if !self.eat("END CONVERSATION") {
            return self.unexpected();
        }
        let handle = self.expr()?;
        let mode = match self.eat_any(&["WITH CLEANUP", "WITH ERROR ="]) {
            Some("WITH CLEANUP") => EndConversationMode::Cleanup,
            Some(_) => {
                let code = self.literal_or_variable()?;
                self.skip(",");
                self.expect_option("DESCRIPTION")?;
                EndConversationMode::Error { code, description: self.literal_or_variable()? }
            }
            None => EndConversationMode::Normal,
        };
        broker(BrokerStatement::EndConversation { handle, mode })
    }
}
