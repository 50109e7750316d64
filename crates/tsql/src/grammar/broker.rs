//! Message types, contracts, services, routes, remote service bindings, priorities.

use duologue_messages::sql_error;

use crate::ast::{
    AlterService, BrokerPriorityOptions, BrokerStatement, ContractMessageType, CreateContract,
    CreateMessageType, CreateRemoteServiceBinding, CreateService, RemoteServiceBindingOptions, RouteOptions,
    SentBy, ServiceContractChange, StatementKind, Validation,
};
use crate::errors::Parsed;
use crate::parser::Parser;

pub(crate) fn broker(statement: BrokerStatement) -> Parsed<StatementKind> {
    Ok(StatementKind::Broker(Box::new(statement)))
}

impl Parser<'_> {
    pub(crate) fn create_message_type(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        let authorization = self.authorization()?;
        let validation = if self.at("VALIDATION") { self.validation()? } else { Validation::None };
        broker(BrokerStatement::CreateMessageType(CreateMessageType { name, authorization, validation }))
    }

    pub(crate) fn alter_message_type(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        broker(BrokerStatement::AlterMessageType { name, validation: self.validation()? })
    }

    fn validation(&mut self) -> Parsed<Validation> {
        self.expect_option("VALIDATION")?;
        Ok(match self.expect_one(&["NONE", "EMPTY", "WELL_FORMED_XML", "VALID_XML"])? {
            "NONE" => Validation::None,
            "EMPTY" => Validation::Empty,
            "WELL_FORMED_XML" => Validation::WellFormedXml,
            _ => {
                self.expect("WITH SCHEMA COLLECTION")?;
                Validation::ValidXml(self.object_name()?)
            }
        })
    }

    pub(crate) fn create_contract(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        let authorization = self.authorization()?;
        let message_types = self.parenthesized(Parser::contract_message_type)?;
        broker(BrokerStatement::CreateContract(CreateContract { name, authorization, message_types }))
    }

    fn contract_message_type(&mut self) -> Parsed<ContractMessageType> {
        let name = self.ident()?;
        self.expect("SENT BY")?;
        let sent_by = self.entry(&[
            ("INITIATOR", SentBy::Initiator),
            ("TARGET", SentBy::Target),
            ("ANY", SentBy::Any),
        ])?;
        Ok(ContractMessageType { name, sent_by })
    }

    pub(crate) fn create_service(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        let authorization = self.authorization()?;
        self.expect("ON QUEUE")?;
        let queue = self.object_name()?;
        let contracts = self.opt_parenthesized(Parser::ident)?;
        broker(BrokerStatement::CreateService(CreateService { name, authorization, queue, contracts }))
    }

    pub(crate) fn alter_service(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        let queue = self.opt("ON QUEUE", Parser::object_name)?;
        if queue.is_none() && !self.at("(") {
            return self.unexpected();
        }
        let changes = self.opt_parenthesized(|parser| {
            let add = parser.expect_one(&["ADD CONTRACT", "DROP CONTRACT"])? == "ADD CONTRACT";
            let contract = parser.ident()?;
            Ok(if add { ServiceContractChange::Add(contract) } else { ServiceContractChange::Drop(contract) })
        })?;
        broker(BrokerStatement::AlterService(AlterService { name, queue, changes }))
    }

    pub(crate) fn create_route(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        let authorization = self.authorization()?;
        broker(BrokerStatement::CreateRoute { name, authorization, options: self.route_options()? })
    }

    pub(crate) fn alter_route(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        broker(BrokerStatement::AlterRoute { name, options: self.route_options()? })
    }

    /// In any order, each at most once.
    fn route_options(&mut self) -> Parsed<RouteOptions> {
        self.expect("WITH")?;
        let mut options = RouteOptions::default();
        self.list(|parser| parser.route_option(&mut options))?;
        Ok(options)
    }

    fn route_option(&mut self, options: &mut RouteOptions) -> Parsed<()> {
        let start = self.position();
        let fresh = match self.expect_one(&[
            "SERVICE_NAME =",
            "BROKER_INSTANCE =",
            "LIFETIME =",
            "ADDRESS =",
            "MIRROR_ADDRESS =",
        ])? {
            "SERVICE_NAME =" => options.service_name.replace(self.string()?).is_none(),
            "BROKER_INSTANCE =" => options.broker_instance.replace(self.string()?).is_none(),
            "LIFETIME =" => options.lifetime.replace(self.integer()?).is_none(),
            "ADDRESS =" => options.address.replace(self.string()?).is_none(),
            _ => options.mirror_address.replace(self.string()?).is_none(),
        };
        self.once(fresh, start)
    }

    /// Fails at the option that began at token number `start` if it is not the first of its kind.
    pub(crate) fn once(&mut self, fresh: bool, start: usize) -> Parsed<()> {
        if fresh {
            return Ok(());
        }
        self.go_to(start);
        self.unexpected()
    }

    pub(crate) fn create_remote_service_binding(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        let authorization = self.authorization()?;
        self.expect("TO SERVICE")?;
        let service_name = self.string()?;
        let options = self.remote_service_binding_options()?;
        let binding = CreateRemoteServiceBinding { name, authorization, service_name, options };
        broker(BrokerStatement::CreateRemoteServiceBinding(binding))
    }

    pub(crate) fn alter_remote_service_binding(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        let options = self.remote_service_binding_options()?;
        broker(BrokerStatement::AlterRemoteServiceBinding { name, options })
    }

    /// USER and ANONYMOUS in either order, each at most once. The documentation's diagram of ALTER allows a
    /// comma in front of a lone ANONYMOUS.
    fn remote_service_binding_options(&mut self) -> Parsed<RemoteServiceBindingOptions> {
        self.expect("WITH")?;
        let mut options = RemoteServiceBindingOptions::default();
        self.skip(",");
        self.list(|parser| {
            let start = parser.position();
            let fresh = match parser.expect_one(&["USER =", "ANONYMOUS ="])? {
                "USER =" => options.user.replace(parser.ident()?).is_none(),
                _ => options.anonymous.replace(parser.on_off()?).is_none(),
            };
            parser.once(fresh, start)
        })?;
        Ok(options)
    }

    pub(crate) fn create_broker_priority(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        self.expect("FOR CONVERSATION")?;
        let options = if self.eat("SET") { self.broker_priority_options()? } else { Default::default() };
        broker(BrokerStatement::CreateBrokerPriority { name, options })
    }

    pub(crate) fn alter_broker_priority(&mut self) -> Parsed<StatementKind> {
        let name = self.ident()?;
        self.expect("FOR CONVERSATION SET")?;
        broker(BrokerStatement::AlterBrokerPriority { name, options: self.broker_priority_options()? })
    }

    /// The documentation shows the commas as optional.
    fn broker_priority_options(&mut self) -> Parsed<BrokerPriorityOptions> {
        let mut options = BrokerPriorityOptions::default();
        self.expect("(")?;
        loop {
            self.broker_priority_option(&mut options)?;
            self.skip(",");
            if self.eat(")") {
                return Ok(options);
            }
        }
    }

    fn broker_priority_option(&mut self, options: &mut BrokerPriorityOptions) -> Parsed<()> {
        const NAMES: &[&str] =
            &["CONTRACT_NAME =", "LOCAL_SERVICE_NAME =", "REMOTE_SERVICE_NAME =", "PRIORITY_LEVEL ="];
        let start = self.position();
        let fresh = match self.expect_one(NAMES)? {
            "CONTRACT_NAME =" => options.contract.replace(self.any_or(Parser::ident)?).is_none(),
            "LOCAL_SERVICE_NAME =" => options.local_service.replace(self.any_or(Parser::ident)?).is_none(),
            "REMOTE_SERVICE_NAME =" => options.remote_service.replace(self.any_or(Parser::string)?).is_none(),
            _ => options.level.replace(self.priority_level()?).is_none(),
        };
        self.once(fresh, start)
    }

    fn any_or<T>(&mut self, name: fn(&mut Self) -> Parsed<T>) -> Parsed<Option<T>> {
        if self.eat("ANY") { Ok(None) } else { name(self).map(Some) }
    }

    fn priority_level(&mut self) -> Parsed<u8> {
        if self.eat("DEFAULT") {
            return Ok(5);
        }
        let line = self.line();
        let shown = self.near();
        match u8::try_from(self.integer()?) {
            Ok(level @ 1..=10) => Ok(level),
            _ => Err(sql_error!(102, shown).at_line(line).into()),
        }
    }
}
