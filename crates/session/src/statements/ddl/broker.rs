//! Message types, contracts, queues, services, routes, bindings, priorities.

use duologue_catalog::ddl::broker_priorities::{self, AnyOr, PriorityOptions};
use duologue_catalog::ddl::queues::{
    self, ActivationChange, ActivationOptions, ActivationUser, QueueOptions,
};
use duologue_catalog::ddl::{contracts, message_types, remote_service_bindings, routes, services};
use duologue_catalog::objects::{SentBy, Validation};
use duologue_messages::{SqlError, sql_error};
use duologue_tsql::ast::{self, AlterQueueAction, BrokerStatement, ExecuteAsClause, ServiceContractChange};

use super::{define, define_in, object_name, security_of, text};
use crate::execution::{Context, StatementResult};

/// A definition of a broker object; verbs of conversations are run elsewhere.
pub(in crate::statements) fn define_broker_object(
    cx: &mut Context<'_, '_>,
    statement: &BrokerStatement,
) -> StatementResult {
    match statement {
        BrokerStatement::CreateMessageType(create) => create_message_type(cx, create),
        BrokerStatement::AlterMessageType { name, validation } => {
            let validation = message_validation(validation)?;
            define(cx, |ddl| message_types::alter_message_type(ddl, &name.name, validation))
        }
        BrokerStatement::CreateContract(create) => create_contract(cx, create),
        BrokerStatement::CreateQueue(create) => {
            let (security, name) = (security_of(cx, &create.name)?, object_name(&create.name)?);
            let options = queue_options(&create.options)?;
            define_in(cx, &security, |ddl| queues::create_queue(ddl, &name, &options))
        }
        BrokerStatement::AlterQueue(alter) => alter_queue(cx, alter),
        BrokerStatement::CreateService(create) => create_service(cx, create),
        BrokerStatement::AlterService(alter) => alter_service(cx, alter),
        BrokerStatement::CreateRoute { name, authorization, options } => {
            let (owner, options) = (text(authorization.as_ref()), route_options(options));
            define(cx, |ddl| routes::create_route(ddl, &name.name, owner.as_deref(), &options))
        }
        BrokerStatement::AlterRoute { name, options } => {
            let options = route_options(options);
            define(cx, |ddl| routes::alter_route(ddl, &name.name, &options))
        }
        BrokerStatement::CreateRemoteServiceBinding(create) => create_binding(cx, create),
        BrokerStatement::AlterRemoteServiceBinding { name, options } => {
            let (user, anonymous) = (text(options.user.as_ref()), options.anonymous);
            let alter = remote_service_bindings::alter_remote_service_binding;
            define(cx, |ddl| alter(ddl, &name.name, user.as_deref(), anonymous))
        }
        BrokerStatement::CreateBrokerPriority { name, options } => {
            let options = priority_options(options);
            define(cx, |ddl| broker_priorities::create_broker_priority(ddl, &name.name, &options))
        }
        BrokerStatement::AlterBrokerPriority { name, options } => {
            let options = priority_options(options);
            define(cx, |ddl| broker_priorities::alter_broker_priority(ddl, &name.name, &options))
        }
        _ => Err(sql_error!(49901, "this statement").into()),
    }
}

fn create_message_type(cx: &mut Context<'_, '_>, create: &ast::CreateMessageType) -> StatementResult {
    let spec = message_types::CreateMessageType {
        name: create.name.name.clone(),
        authorization: text(create.authorization.as_ref()),
        validation: message_validation(&create.validation)?,
    };
    define(cx, |ddl| message_types::create_message_type(ddl, &spec))
}

fn message_validation(validation: &ast::Validation) -> Result<Validation, SqlError> {
    match validation {
        ast::Validation::None => Ok(Validation::None),
        ast::Validation::Empty => Ok(Validation::Empty),
        ast::Validation::WellFormedXml => Ok(Validation::WellFormedXml),
        ast::Validation::ValidXml(_) => Err(sql_error!(49901, "VALIDATION = VALID_XML")),
    }
}

fn create_contract(cx: &mut Context<'_, '_>, create: &ast::CreateContract) -> StatementResult {
    let sent_by = |sent_by| match sent_by {
        ast::SentBy::Initiator => SentBy::Initiator,
        ast::SentBy::Target => SentBy::Target,
        ast::SentBy::Any => SentBy::Any,
    };
    let spec = contracts::CreateContract {
        name: create.name.name.clone(),
        authorization: text(create.authorization.as_ref()),
        messages: create
            .message_types
            .iter()
            .map(|usage| (usage.name.name.clone(), sent_by(usage.sent_by)))
            .collect(),
    };
    define(cx, |ddl| contracts::create_contract(ddl, &spec))
}

fn alter_queue(cx: &mut Context<'_, '_>, alter: &ast::AlterQueue) -> StatementResult {
    let (security, name) = (security_of(cx, &alter.name)?, object_name(&alter.name)?);
    let options = match &alter.action {
        AlterQueueAction::Set(options) => queue_options(options)?,
        // There is no index to rebuild; the event is raised all the same.
        AlterQueueAction::Rebuild | AlterQueueAction::Reorganize | AlterQueueAction::MoveTo(_) => {
            QueueOptions::default()
        }
    };
    define_in(cx, &security, |ddl| queues::alter_queue(ddl, &name, &options))
}

fn queue_options(options: &ast::QueueOptions) -> Result<QueueOptions, SqlError> {
    let activation = match &options.activation {
        None => None,
        Some(ast::Activation::Drop) => Some(ActivationChange::Drop),
        Some(ast::Activation::Set(set)) => Some(ActivationChange::Set(activation_options(set)?)),
    };
    Ok(QueueOptions {
        status: options.status,
        retention: options.retention,
        poison_message_handling: options.poison_message_handling,
        activation,
    })
}

fn activation_options(options: &ast::ActivationOptions) -> Result<ActivationOptions, SqlError> {
    let execute_as = match &options.execute_as {
        None => None,
        Some(ExecuteAsClause::Owner) => Some(ActivationUser::Owner),
        Some(ExecuteAsClause::User(name)) => Some(ActivationUser::Named(name.clone())),
        Some(ExecuteAsClause::SelfUser) => Some(ActivationUser::Caller),
        Some(ExecuteAsClause::Caller) => return Err(sql_error!(156, "CALLER")),
    };
    Ok(ActivationOptions {
        status: options.status,
        procedure: options.procedure.as_ref().map(object_name).transpose()?,
        max_readers: options.max_queue_readers.map(i64::from),
        execute_as,
    })
}

fn create_service(cx: &mut Context<'_, '_>, create: &ast::CreateService) -> StatementResult {
    let spec = services::CreateService {
        name: create.name.name.clone(),
        authorization: text(create.authorization.as_ref()),
        queue: object_name(&create.queue)?,
        contracts: create.contracts.iter().map(|contract| contract.name.clone()).collect(),
    };
    define(cx, |ddl| services::create_service(ddl, &spec))
}

fn alter_service(cx: &mut Context<'_, '_>, alter: &ast::AlterService) -> StatementResult {
    let mut spec = services::AlterService {
        name: alter.name.name.clone(),
        queue: alter.queue.as_ref().map(object_name).transpose()?,
        add: Vec::new(),
        drop: Vec::new(),
    };
    for change in &alter.changes {
        match change {
            ServiceContractChange::Add(contract) => spec.add.push(contract.name.clone()),
            ServiceContractChange::Drop(contract) => spec.drop.push(contract.name.clone()),
        }
    }
    define(cx, |ddl| services::alter_service(ddl, &spec))
}

fn route_options(options: &ast::RouteOptions) -> routes::RouteOptions {
    let ast::RouteOptions { service_name, broker_instance, lifetime, address, mirror_address } =
        options.clone();
    routes::RouteOptions { service_name, broker_instance, lifetime, address, mirror_address }
}

fn create_binding(cx: &mut Context<'_, '_>, create: &ast::CreateRemoteServiceBinding) -> StatementResult {
    let user = text(create.options.user.as_ref()).ok_or_else(|| sql_error!(102, create.name.name))?;
    let spec = remote_service_bindings::CreateRemoteServiceBinding {
        name: create.name.name.clone(),
        authorization: text(create.authorization.as_ref()),
        service_name: create.service_name.clone(),
        user,
        anonymous: create.options.anonymous.unwrap_or(false),
    };
    define(cx, |ddl| remote_service_bindings::create_remote_service_binding(ddl, &spec))
}

fn priority_options(options: &ast::BrokerPriorityOptions) -> PriorityOptions {
    let any_or = |value: Option<String>| value.map_or(AnyOr::Any, AnyOr::One);
    let named = |ident: &Option<ast::Ident>| any_or(text(ident.as_ref()));
    PriorityOptions {
        contract: options.contract.as_ref().map(named),
        local_service: options.local_service.as_ref().map(named),
        remote_service: options.remote_service.clone().map(any_or),
        level: options.level.map(|level| AnyOr::One(level.into())),
    }
}
