//! Expressions and select lists over rows that the caller has, and the rows that data statements change.

use duologue_tsql::ast::{BrokerStatement, DmlFilter, StatementKind};
use duologue_tsql::{ParseOptions, parse_batch};
use duologue_types::{Mode, SqlType, Value};

use super::fixture::{Fixture, ORDERS};
use super::show;
use crate::query::*;

fn statement(text: &str) -> StatementKind {
    parse_batch(text, &ParseOptions::default()).unwrap().statements.remove(0).kind
}

#[test]
fn receive_projects_messages() {
    let fixture = Fixture::new();
    let run = |text: &str| {
        let StatementKind::Broker(broker) = statement(text) else { panic!("{text}") };
        let BrokerStatement::Receive(receive) = *broker else { panic!("{text}") };
        fixture.with_context(|context| {
            let scope = Scope::of_rowset(receive.queue.object(), queue_columns());
            let plan = bind_items(context, &receive.items, &scope)?;
            let database = context.database()?;
            let queue = database.queues.find_key("1.orderqueue").unwrap().id;
            let messages = fixture.queue_messages(context.database_id(), queue);
            let rows: Vec<Row> = messages.map(|message| queue_row(&message.unwrap(), database)).collect();
            Ok::<_, duologue_messages::SqlError>((plan.run(context, &rows)?, plan))
        })
    };
    let (outcome, plan) =
        run("RECEIVE message_type_name AS t, CAST(message_body AS xml) FROM OrderQueue").unwrap();
    assert_eq!(plan.columns[0].name, "t");
    assert_eq!(plan.columns[1].sql_type, SqlType::Xml);
    let SelectOutcome::Rows(rows) = outcome else { panic!("rows") };
    let shown: Vec<String> = rows.iter().map(|row| show(row, &plan.columns)).collect();
    assert_eq!(shown, ["DEFAULT|<order id=\"5\"/>", "DEFAULT|<order id=\"6\"/>"]);
    let (outcome, plan) =
        run("RECEIVE TOP(1) @h = conversation_handle, @x = message_body FROM OrderQueue").unwrap();
    assert!(plan.assigns());
    let SelectOutcome::Assigned { rows, values } = outcome else { panic!("assigned") };
    assert_eq!((rows, &values[1].1), (2, &Value::Xml("<order id=\"6\"/>".into())));
    let (_, plan) = run("RECEIVE * FROM OrderQueue").unwrap();
    assert_eq!(plan.columns.len(), 15);
    assert_eq!(run("RECEIVE nothing FROM OrderQueue").unwrap_err().number, 207);
}

#[test]
fn data_statements_find_their_rows() {
    let fixture = Fixture::new();
    let numbers = |text: &str| {
        let StatementKind::Delete(delete) = statement(text) else { panic!("{text}") };
        let Some(DmlFilter::Condition(filter)) = &delete.filter else { panic!("{text}") };
        fixture.with_context(|context| {
            let rows = bind_target_rows(context, None, &delete.target, &delete.from, Some(filter))?;
            let number = |row: Row| row[rows.row_number].clone();
            Ok::<_, duologue_messages::SqlError>(
                rows.plan.run(context)?.into_iter().map(number).collect::<Vec<_>>(),
            )
        })
    };
    let cases = [
        ("DELETE FROM Orders WHERE amount < 5", vec![2, 4]),
        ("DELETE o FROM Orders o JOIN Customers c ON c.id = o.customer WHERE c.name = 'Ann'", vec![1, 3]),
        ("DELETE Orders FROM Orders JOIN @t t ON t.k = id WHERE t.v = 20", vec![2]),
        ("DELETE FROM @t WHERE k = 2", vec![1]),
    ];
    for (text, expected) in cases {
        let expected: Vec<Value> = expected.into_iter().map(Value::BigInt).collect();
        assert_eq!(numbers(text).unwrap(), expected, "{text}");
    }
    assert_eq!(numbers("DELETE FROM OrderQueue WHERE 1 = 1").unwrap_err().number, 416);
    assert_eq!(numbers("DELETE FROM nothing WHERE 1 = 1").unwrap_err().number, 208);
}

#[test]
fn tables_to_change_are_found() {
    let fixture = Fixture::new();
    let found = |text: &str| {
        let StatementKind::Truncate(name) = statement(&format!("TRUNCATE TABLE {text}")) else { panic!() };
        fixture.with_context(|context| changeable_table(context, &name))
    };
    assert_eq!(found("Shop.dbo.orders").unwrap().0.id, ORDERS);
    let errors = [("OrderQueue", 416), ("sys.objects", 259), ("nothing", 208), ("none..t", 208)];
    for (name, number) in errors {
        assert_eq!(found(name).unwrap_err().number, number, "{name}");
    }
}

#[test]
fn rowsets_of_the_statement_and_its_row_limit() {
    let mut fixture = Fixture::new();
    let inserted = GivenRowset {
        name: "inserted".into(),
        columns: vec![Column::new("n", SqlType::Int, false)].into(),
        rows: vec![vec![Value::Int(5)], vec![Value::Int(6)]].into(),
    };
    let run = |fixture: &Fixture| {
        let StatementKind::Select(select) = statement("SELECT n * 2 FROM inserted") else { panic!() };
        fixture.with_context(|context| {
            bind_select(context, &select, std::slice::from_ref(&inserted))?.run(context)
        })
    };
    let rows = |numbers: &[i32]| {
        SelectOutcome::Rows(numbers.iter().map(|number| vec![Value::Int(*number)]).collect())
    };
    assert_eq!(run(&fixture).unwrap(), rows(&[10, 12]));
    fixture.session.options.row_count = 1;
    assert_eq!(run(&fixture).unwrap(), rows(&[10]));
}

#[test]
fn values_are_assigned_and_stored() {
    let text = Value::NVarChar("abcdef".into());
    let short: SqlType = "nvarchar(3)".parse().unwrap();
    assert_eq!(assign(&text, SqlType::NVARCHAR_MAX, short).unwrap(), Value::NVarChar("abc".into()));
    assert_eq!(store(&text, SqlType::NVARCHAR_MAX, short).unwrap_err().number, 8152);
    assert_eq!(assign(&Value::Int(5), SqlType::Int, SqlType::UniqueIdentifier).unwrap_err().number, 206);
    let xml = duologue_types::convert(&text, short, SqlType::Xml, 0, Mode::Implicit, XML).unwrap();
    assert_eq!(xml, Value::Xml("abcdef".into()));
}
