//! The table and its lookup. Rows are SQL Server's own (`message_id`, severity, whether it is logged, text) as its
//! documentation prints them; rows marked `[K]` come from knowledge of the product, not from a printed page. Each
//! file holds one ascending range; `MESSAGES` is all of them.

mod broker;
mod conversations;
mod delivery;
mod duologue;
mod evaluation;
mod instance;
mod keys;
mod language;
mod login;
mod security;
mod statements;
mod transport;
mod xml;

/// One row of the message table.
#[derive(Clone, Copy, Debug)]
pub struct Message {
    /// `message_id` in `sys.messages`.
    pub number: i32,
    /// Default severity.
    pub severity: u8,
    /// Also written to the server's log.
    pub is_event_logged: bool,
    /// Text with SQL Server's placeholders.
    pub text: &'static str,
}

const fn row(number: i32, severity: u8, text: &'static str) -> Message {
    Message { number, severity, is_event_logged: false, text }
}

const fn logged(number: i32, severity: u8, text: &'static str) -> Message {
    Message { number, severity, is_event_logged: true, text }
}

/// The ranges in ascending order.
const RANGES: &[&[Message]] = &[
    language::ROWS,
    statements::ROWS,
    instance::ROWS,
    evaluation::ROWS,
    conversations::ROWS,
    xml::ROWS,
    broker::ROWS,
    delivery::ROWS,
    security::ROWS,
    login::ROWS,
    transport::ROWS,
    keys::ROWS,
    duologue::ROWS,
];

const COUNT: usize = {
    let mut count = 0;
    let mut range = 0;
    while range < RANGES.len() {
        count += RANGES[range].len();
        range += 1;
    }
    count
};

/// All ranges in one array; does not compile unless numbers ascend, which the binary searches rely on.
static TABLE: [Message; COUNT] = {
    let mut table = [row(0, 0, ""); COUNT];
    let (mut filled, mut range) = (0, 0);
    while range < RANGES.len() {
        let mut index = 0;
        while index < RANGES[range].len() {
            table[filled] = RANGES[range][index];
            assert!(filled == 0 || table[filled - 1].number < table[filled].number, "numbers must ascend");
            filled += 1;
            index += 1;
        }
        range += 1;
    }
    table
};

/// All rows, ascending by number.
pub static MESSAGES: &[Message] = &TABLE;

/// Whether `number` is in the table; `const` so that `sql_error!` can ask at compile time.
pub const fn exists(number: i32) -> bool {
    let (mut low, mut high) = (0, COUNT);
    while low < high {
        let middle = (low + high) / 2;
        if TABLE[middle].number == number {
            return true;
        }
        if TABLE[middle].number < number {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    false
}

/// The row with that number.
pub fn lookup(number: i32) -> Option<&'static Message> {
    MESSAGES.binary_search_by_key(&number, |message| message.number).ok().map(|index| &MESSAGES[index])
}
