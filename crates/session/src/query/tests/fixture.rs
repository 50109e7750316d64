//! A small shop: a database with tables, a queue with messages, conversations, and three users.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use duologue_catalog::objects::{
    Column as TableColumn, DatabaseSettings, GrantState, Permission, Principal, PrincipalKind, Queue,
    SecurableClass, Service, Table, UniqueKey,
};
use duologue_catalog::permissions::SecurityContext;
use duologue_catalog::{Catalog, DBO_SCHEMA, FreshInstance, SA};
use duologue_messages::SqlError;
use duologue_types::{
    BrokerInstance, ContractId, ConversationGroupId, ConversationHandle, ConversationId, DatabaseId, Decimal,
    Guid, MessageTypeId, ObjectId, PrincipalId, ServiceId, SessionId, SqlType, Timestamp, Value,
};

use crate::query::*;
use crate::state::{SessionState, Variables};

pub(super) const SHOP: DatabaseId = DatabaseId(5);
pub(super) const ORDERS: ObjectId = ObjectId(1001);
const CUSTOMERS: ObjectId = ObjectId(1002);
const QUEUE: ObjectId = ObjectId(1003);
const SERVICE: ServiceId = ServiceId(65_536);

/// 2024-02-29T13:45:06.789 UTC.
pub(super) const NOW: Timestamp = Timestamp(1_709_214_306_789_000);

pub(super) struct Fixture {
    catalog: Catalog,
    rows: HashMap<ObjectId, Vec<Vec<Value>>>,
    pub(super) session: SessionState,
    pub(super) variables: Variables,
    pub(super) security: SecurityContext,
}

fn guid(number: u8) -> Guid {
    let mut bytes = [0; 16];
    bytes[15] = number;
    Guid(bytes)
}

fn column(id: i32, name: &str, sql_type: &str, nullable: bool) -> TableColumn {
    TableColumn {
        id,
        name: name.into(),
        sql_type: sql_type.parse().unwrap(),
        nullable,
        identity: (name == "id").then_some((1, 1)),
        default: None,
    }
}

fn table(id: ObjectId, name: &str, columns: Vec<TableColumn>) -> Table {
    Table {
        id,
        name: name.into(),
        schema: DBO_SCHEMA,
        owner: None,
        next_column_id: columns.len() as i32 + 1,
        unique_keys: vec![UniqueKey { name: format!("PK_{name}"), columns: vec![1], is_primary: true }],
        columns,
        created: NOW,
        modified: NOW,
    }
}

fn user(id: i32, name: &str) -> Principal {
    Principal {
        id: PrincipalId(id),
        name: name.into(),
        kind: PrincipalKind::UserWithoutLogin,
        sid: Some(vec![9, id as u8]),
        default_schema: Some("dbo".into()),
        owner: None,
        member_of: Vec::new(),
        created: NOW,
        modified: NOW,
    }
}

fn grant(id: i32, class: SecurableClass, major_id: i32, permission: &str, grantee: i32) -> Permission {
    Permission {
        id,
        class,
        major_id,
        permission: permission.into(),
        state: GrantState::Grant,
        grantee: PrincipalId(grantee),
        grantor: PrincipalId(1),
    }
}

fn catalog() -> Catalog {
    let mut draft = Catalog::fresh_instance(FreshInstance {
        now: NOW,
        instance_id: guid(1),
        server_name: "box\\shop".into(),
        tempdb_broker: BrokerInstance(guid(2)),
        msdb_broker: BrokerInstance(guid(3)),
        sa_password_hash: Some(vec![1]),
        service_master_key: vec![1],
    });
    draft.add_database(DatabaseSettings {
        id: SHOP,
        name: "Shop".into(),
        owner: SA,
        created: NOW,
        broker_instance: BrokerInstance(guid(5)),
        broker_enabled: true,
        ..DatabaseSettings::default()
    });
    let orders = vec![
        column(1, "id", "int", false),
        column(2, "customer", "int", true),
        column(3, "amount", "decimal(9,2)", false),
        column(4, "note", "nvarchar(20)", true),
        column(5, "body", "xml", true),
    ];
    draft.put(SHOP, table(ORDERS, "Orders", orders));
    let customers = vec![column(1, "id", "int", false), column(2, "name", "nvarchar(20)", false)];
    draft.put(SHOP, table(CUSTOMERS, "Customers", customers));
    draft.put(
        SHOP,
        Queue {
            id: QUEUE,
            name: "OrderQueue".into(),
            schema: DBO_SCHEMA,
            owner: None,
            enabled: true,
            retention: false,
            poison_message_handling: true,
            activation: None,
            created: NOW,
            modified: NOW,
            is_system: false,
        },
    );
    draft.put(
        SHOP,
        Service {
            id: SERVICE,
            name: "//shop/Orders".into(),
            owner: PrincipalId(1),
            queue: QUEUE,
            contracts: vec![ContractId(6)],
        },
    );
    draft.put(SHOP, user(5, "Reader"));
    draft.put(SHOP, user(6, "Stranger"));
    draft.put(SHOP, grant(100, SecurableClass::Object, ORDERS.0, "SELECT", 5));
    draft.finish().0
}

fn rows_by_table() -> HashMap<ObjectId, Vec<Vec<Value>>> {
    let text = |text: &str| Value::NVarChar(text.into());
    let amount = |mantissa| Value::Decimal(Decimal { mantissa, scale: 2 });
    let xml = |text: &str| Value::Xml(text.into());
    let order = |id, customer: Option<i32>, cents, note: Option<&str>, body: Option<&str>| {
        vec![
            Value::Int(id),
            customer.map_or(Value::Null, Value::Int),
            amount(cents),
            note.map_or(Value::Null, text),
            body.map_or(Value::Null, xml),
        ]
    };
    HashMap::from([
        (
            ORDERS,
            vec![
                order(1, Some(1), 1000, Some("first"), Some("<o><i n=\"1\">pen</i><i n=\"2\">ink</i></o>")),
                order(2, Some(2), 250, None, None),
                order(3, Some(1), 1999, Some("FIRST"), Some("<o><i n=\"7\">cup</i></o>")),
                order(4, None, 0, Some("gift"), None),
            ],
        ),
        (
            CUSTOMERS,
            vec![
                vec![Value::Int(1), text("Ann")],
                vec![Value::Int(2), text("Bob")],
                vec![Value::Int(3), text("Cid")],
            ],
        ),
    ])
}

impl Fixture {
    /// As sa, who is dbo.
    pub(super) fn new() -> Self {
        let catalog = catalog();
        let security = SecurityContext::for_login(&catalog, SA, SHOP).unwrap();
        let mut session = SessionState::new(SessionId(51), NOW);
        session.app_name = "tests".into();
        let mut variables = Variables::default();
        let values = [
            ("@i", "int", Value::Int(7)),
            ("@n", "int", Value::Null),
            ("@s", "nvarchar(200)", Value::NVarChar("text".into())),
            ("@b", "varbinary(max)", Value::varbinary(vec![1, 2, 255])),
            ("@x", "xml", Value::Xml("<a><b id=\"1\">one</b><b id=\"2\">two</b></a>".into())),
            ("@h", "uniqueidentifier", Value::Guid(guid(77))),
            ("@d", "datetime", NOW.to_datetime()),
        ];
        for (name, sql_type, value) in values {
            let slot = variables.declare_scalar(name, sql_type.parse().unwrap()).unwrap();
            variables.set(slot, value);
        }
        let columns = ["k", "v"].map(|name| crate::state::TableColumn {
            name: name.into(),
            sql_type: SqlType::Int,
            nullable: true,
            identity: None,
            default: None,
        });
        let rows = [(1, 10), (2, 20)].map(|(k, v)| Arc::from([Value::Int(k), Value::Int(v)]));
        let table = crate::state::TableVariable {
            columns: columns.to_vec().into(),
            rows: Arc::new(rows.to_vec()),
            ..Default::default()
        };
        variables.declare_table("@t", table).unwrap();
        Self { rows: rows_by_table(), catalog, session, variables, security }
    }

    /// As a user without login.
    pub(super) fn user(id: i32) -> Self {
        let fixture = Self::new();
        let security = SecurityContext::for_user(&fixture.catalog, SHOP, PrincipalId(id));
        Self { security, ..fixture }
    }

    pub(super) fn with_context<T>(&self, run: impl FnOnce(&QueryContext<'_>) -> T) -> T {
        let next = Cell::new(1u8);
        let random = |bytes: &mut [u8]| {
            bytes.fill(next.get());
            next.set(next.get().wrapping_add(1));
        };
        run(&QueryContext::new(self, &self.security, &self.session, &self.variables, NOW, &random))
    }
}

impl Snapshot for Fixture {
    fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    fn table_rows(&self, _: DatabaseId, table: ObjectId) -> Vec<(u64, Arc<[Value]>)> {
        let rows = self.rows.get(&table).into_iter().flatten();
        (1..).zip(rows.map(|row| row.clone().into())).collect()
    }

    fn queue_messages(
        &self,
        _: DatabaseId,
        queue: ObjectId,
    ) -> Box<dyn Iterator<Item = Result<QueueMessage, SqlError>> + '_> {
        if queue != QUEUE {
            return Box::new(std::iter::empty());
        }
        let message = |(number, body): (i64, &'static str)| QueueMessage {
            status: 1,
            priority: 5,
            queuing_order: number,
            group: ConversationGroupId(guid(40)),
            handle: ConversationHandle(guid(41)),
            sequence: number,
            service: SERVICE,
            contract: ContractId(6),
            message_type: MessageTypeId(14),
            message_type_name: "DEFAULT".into(),
            validation: 'N',
            body: Some(Bytes::from(duologue_types::encode_nvarchar(body))),
            enqueued: NOW,
        };
        Box::new([(0, "<order id=\"5\"/>"), (1, "<order id=\"6\"/>")].into_iter().map(message).map(Ok))
    }

    fn conversation_endpoints(&self, database: DatabaseId) -> Vec<ConversationEndpoint> {
        if database != SHOP {
            return Vec::new();
        }
        vec![ConversationEndpoint {
            handle: ConversationHandle(guid(41)),
            conversation: ConversationId(guid(42)),
            is_initiator: false,
            contract: ContractId(6),
            group: ConversationGroupId(guid(40)),
            service: SERVICE,
            expires: Timestamp::MAX,
            state: "CO",
            state_description: "CONVERSING",
            far_service: "//far".into(),
            far_broker_instance: Some(BrokerInstance(guid(9))),
            principal: PrincipalId(1),
            far_principal: PrincipalId(0),
            outbound_session_key: Guid::ZERO,
            inbound_session_key: Guid::ZERO,
            security_timestamp: Timestamp::NONE,
            dialog_timer: None,
            send_sequence: 1,
            end_dialog_sequence: -1,
            receive_sequence: 2,
            receive_sequence_fragment: 0,
            first_out_of_order: -1,
            last_out_of_order: -1,
            last_out_of_order_fragment: -1,
            is_system: false,
            priority: 5,
        }]
    }

    fn conversation_groups(&self, database: DatabaseId) -> Vec<ConversationGroup> {
        let group =
            ConversationGroup { group: ConversationGroupId(guid(40)), service: SERVICE, is_system: false };
        if database == SHOP { vec![group] } else { Vec::new() }
    }

    fn transmission_queue(&self, database: DatabaseId) -> Result<Vec<TransmissionMessage>, SqlError> {
        if database != SHOP {
            return Ok(Vec::new());
        }
        Ok(vec![TransmissionMessage {
            handle: ConversationHandle(guid(41)),
            to_service: "//far".into(),
            to_broker_instance: None,
            service: SERVICE,
            contract: ContractId(6),
            enqueued: NOW,
            sequence: 0,
            message_type_name: "DEFAULT".into(),
            is_error: false,
            is_end: false,
            body: None,
            status: "no route".into(),
            priority: 5,
        }])
    }

    fn transmission_status(&self, database: DatabaseId, handle: ConversationHandle) -> Option<String> {
        (database == SHOP && handle.0 == guid(41)).then(|| "no route".into())
    }

    fn broker_connections(&self) -> Vec<BrokerConnection> {
        vec![BrokerConnection { state: 4, state_desc: "LOGGED_IN".into(), ..BrokerConnection::default() }]
    }
}
