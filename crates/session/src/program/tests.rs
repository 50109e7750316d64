use super::*;
use duologue_tsql::ParseOptions;

fn listing(text: &str) -> String {
    let program = compile(text.into(), ParseOptions::default()).unwrap();
    let line = |(place, instruction): (usize, &Instruction)| {
        let what = match &instruction.operation {
            Operation::Run(_) => format!("run {:?}", &text[instruction.span.clone()]),
            Operation::Branch { otherwise, .. } => format!("unless -> {otherwise}"),
            Operation::Jump(target) => format!("-> {target}"),
            Operation::Return(_) => "return".to_string(),
        };
        let handler =
            instruction.scope.handler.map(|handler| format!(" on error {handler}")).unwrap_or_default();
        let depth = "!".repeat(instruction.scope.catch_depth);
        format!("{place}{depth} {what}{handler}\n")
    };
    program.instructions.iter().enumerate().map(line).collect()
}

#[test]
fn control_flow_becomes_jumps() {
    let cases = [
        ("IF 1 = 1 PRINT 1 ELSE PRINT 2", "0 unless -> 3\n1 run \"PRINT 1\"\n2 -> 4\n3 run \"PRINT 2\"\n"),
        (
            "WHILE 1 = 1 BEGIN IF 1 = 2 BREAK CONTINUE END PRINT 3",
            "0 unless -> 5\n1 unless -> 3\n2 -> 5\n3 -> 0\n4 -> 0\n5 run \"PRINT 3\"\n",
        ),
        (
            "BEGIN TRY PRINT 1 END TRY BEGIN CATCH BEGIN TRY PRINT 2 END TRY BEGIN CATCH PRINT 3 END CATCH END CATCH",
            "0 run \"PRINT 1\" on error 2\n1 -> 5 on error 2\n2! run \"PRINT 2\" on error 4\n3! -> 5 on error 4\n\
             4!! run \"PRINT 3\"\n",
        ),
        ("again: PRINT 1 GOTO again", "0 run \"PRINT 1\"\n1 -> 0\n"),
    ];
    for (text, expected) in cases {
        assert_eq!(listing(text), expected, "{text}");
    }
}

#[test]
fn a_variable_is_declared_once() {
    let numbers = |text: &str| -> Vec<i32> {
        let errors = compile(text.into(), ParseOptions::default()).err().unwrap_or_default();
        errors.iter().map(|error| error.number).collect()
    };
    assert_eq!(numbers("DECLARE @a int IF 1 = 1 DECLARE @A int"), [134]);
    assert_eq!(numbers("DECLARE @a int, @b int"), [0; 0]);
}
