//! Tables of cases.

use super::*;

#[test]
fn text_to_numbers() {
    check(&[
        ("varchar(20)", " 42 ", "int", 0, "42"),
        ("varchar(20)", "", "int", 0, "0"),
        ("varchar(20)", "-7", "bigint", 0, "-7"),
        (
            "varchar(20)",
            "abc",
            "int",
            0,
            "245: Conversion failed when converting the varchar value 'abc' to data type int.",
        ),
        (
            "nvarchar(20)",
            "1.5",
            "int",
            0,
            "245: Conversion failed when converting the nvarchar value '1.5' to data type int.",
        ),
        (
            "varchar(20)",
            "3000000000",
            "int",
            0,
            "248: The conversion of the varchar value '3000000000' overflowed an int column.",
        ),
        (
            "varchar(20)",
            "300",
            "tinyint",
            0,
            "244: The conversion of the varchar value '300' overflowed an INT1 column. Use a larger integer column.",
        ),
        ("varchar(20)", "x", "bigint", 0, "8114: Error converting data type varchar to bigint."),
        (
            "varchar(40)",
            "99999999999999999999999",
            "bigint",
            0,
            "8115: Arithmetic overflow error converting expression to data type bigint.",
        ),
        ("varchar(20)", "TRUE", "bit", 0, "1"),
        ("varchar(20)", "5", "bit", 0, "1"),
        (
            "varchar(20)",
            "yes",
            "bit",
            0,
            "245: Conversion failed when converting the varchar value 'yes' to data type bit.",
        ),
        ("varchar(20)", "1.005", "decimal(5,2)", 0, "1.01"),
        ("varchar(20)", "1e5", "decimal(5,2)", 0, "8114: Error converting data type varchar to numeric."),
        (
            "varchar(20)",
            "1000",
            "decimal(5,2)",
            0,
            "8115: Arithmetic overflow error converting varchar to data type numeric.",
        ),
        ("varchar(20)", "1e5", "float", 0, "100000.0"),
        ("varchar(20)", "nan", "float", 0, "8114: Error converting data type varchar to float."),
        ("varchar(20)", "$1,234.56789", "money", 0, "1234.5679"),
        (
            "varchar(20)",
            "12x",
            "money",
            0,
            "235: Cannot convert a char value to money. The char value has incorrect syntax.",
        ),
    ]);
}

#[test]
fn numbers_to_numbers() {
    check(&[
        ("int", "300", "tinyint", 0, "220: Arithmetic overflow error for data type tinyint, value = 300."),
        (
            "bigint",
            "3000000000",
            "int",
            0,
            "8115: Arithmetic overflow error converting expression to data type int.",
        ),
        ("decimal(10,2)", "3.99", "int", 0, "3"),
        ("decimal(10,2)", "-3.99", "int", 0, "-3"),
        ("money", "1.5", "int", 0, "2"),
        ("float", "-1.9", "int", 0, "-1"),
        (
            "float",
            "1e20",
            "int",
            0,
            "232: Arithmetic overflow error for type int, value = 100000000000000000000.000000.",
        ),
        ("float", "0.5", "decimal(5,0)", 0, "1"),
        ("float", "2.675", "decimal(5,2)", 0, "2.67"),
        (
            "float",
            "1e39",
            "decimal(38,0)",
            0,
            "8115: Arithmetic overflow error converting float to data type numeric.",
        ),
        (
            "float",
            "1e39",
            "real",
            0,
            "232: Arithmetic overflow error for type real, value = 999999999999999939709166371603178586112.000000.",
        ),
        (
            "int",
            "100",
            "decimal(2,0)",
            0,
            "8115: Arithmetic overflow error converting int to data type numeric.",
        ),
        ("decimal(10,5)", "1.23456", "money", 0, "1.2346"),
        ("int", "-2", "bit", 0, "1"),
    ]);
}

#[test]
fn numbers_to_text() {
    check(&[
        ("int", "12345", "varchar(3)", 0, "*"),
        (
            "int",
            "12345",
            "nvarchar(3)",
            0,
            "8115: Arithmetic overflow error converting expression to data type nvarchar.",
        ),
        ("int", "-12", "char(5)", 0, "-12  "),
        ("decimal(5,2)", "0.50", "varchar(10)", 0, "0.50"),
        (
            "decimal(5,2)",
            "100.50",
            "varchar(3)",
            0,
            "8115: Arithmetic overflow error converting numeric to data type varchar.",
        ),
        ("money", "-1234567.891", "varchar(20)", 0, "-1234567.89"),
        ("money", "-1234567.891", "varchar(20)", 1, "-1,234,567.89"),
        ("money", "-1234567.891", "varchar(20)", 2, "-1234567.8910"),
        (
            "money",
            "1234567.891",
            "varchar(3)",
            0,
            "234: There is insufficient result space to convert a money value to varchar.",
        ),
        ("float", "0.1", "varchar(30)", 0, "0.1"),
        ("float", "1234567", "varchar(30)", 0, "1.23457e+006"),
        ("float", "0.1", "varchar(30)", 3, "0.10000000000000001"),
        ("bit", "1", "nvarchar(10)", 0, "1"),
    ]);
}

#[test]
fn binary_reinterprets_bytes() {
    check(&[
        ("nvarchar(10)", "é<", "varbinary(10)", 0, "0xE9003C00"),
        ("varchar(10)", "é€", "varbinary(10)", 0, "0xE980"),
        ("varbinary(10)", "0xE9003C00", "nvarchar(10)", 0, "é<"),
        ("varbinary(10)", "0xE980", "varchar(10)", 0, "é€"),
        ("varbinary(4)", "0x00FF", "varchar(10)", 1, "0x00FF"),
        ("varbinary(4)", "0x00FF", "varchar(10)", 2, "00FF"),
        ("varchar(10)", "0x0g", "varbinary(10)", 1, "8114: Error converting data type varchar to varbinary."),
        ("int", "258", "varbinary(8)", 0, "0x00000102"),
        ("int", "258", "binary(2)", 0, "0x0102"),
        ("int", "258", "binary(8)", 0, "0x0000000000000102"),
        ("bigint", "-1", "varbinary(8)", 0, "0xFFFFFFFFFFFFFFFF"),
        ("varbinary(8)", "0x0102", "int", 0, "258"),
        ("varbinary(8)", "0x0100000002", "int", 0, "2"),
        ("varchar(3)", "ab", "binary(4)", 0, "0x61620000"),
        ("decimal(5,2)", "1.5", "varbinary(20)", 0, "0x0502000196000000"),
        ("varbinary(20)", "0x0502000196000000", "decimal(5,2)", 0, "1.50"),
        (
            "uniqueidentifier",
            "01234567-89AB-CDEF-0123-456789ABCDEF",
            "varbinary(16)",
            0,
            "0x67452301AB89EFCD0123456789ABCDEF",
        ),
        (
            "varbinary(16)",
            "0x67452301AB89EFCD0123456789ABCDEF",
            "uniqueidentifier",
            0,
            "01234567-89AB-CDEF-0123-456789ABCDEF",
        ),
        ("datetime", "1900-01-02 00:00:01", "varbinary(8)", 0, "0x000000010000012C"),
        ("varbinary(8)", "0x000000010000012C", "datetime", 0, "1900-01-02 00:00:01.000"),
        (
            "varbinary(8)",
            "0x00000001FFFFFFFF",
            "datetime",
            0,
            "241: Conversion failed when converting date and/or time from character string.",
        ),
        ("datetime2(3)", "2007-06-12 10:00:00.5", "varbinary(10)", 0, "0x03F4522502A62E0B"),
        ("varbinary(10)", "0x03F4522502A62E0B", "datetime2(3)", 0, "2007-06-12 10:00:00.500"),
        ("xml", "<a/>", "varbinary(max)", 0, "0xFFFE3C0061002F003E00"),
        (
            "varbinary(4)",
            "0x01",
            "float",
            0,
            "529: Explicit conversion from data type varbinary to float is not allowed.",
        ),
    ]);
}

#[test]
fn identifiers_and_xml() {
    check(&[
        (
            "uniqueidentifier",
            "01234567-89ab-cdef-0123-456789abcdef",
            "nvarchar(40)",
            0,
            "01234567-89AB-CDEF-0123-456789ABCDEF",
        ),
        (
            "uniqueidentifier",
            "01234567-89ab-cdef-0123-456789abcdef",
            "char(10)",
            0,
            "8170: Insufficient result space to convert uniqueidentifier value to char.",
        ),
        (
            "varchar(50)",
            "{01234567-89ab-cdef-0123-456789abcdef}",
            "uniqueidentifier",
            0,
            "01234567-89AB-CDEF-0123-456789ABCDEF",
        ),
        (
            "varchar(50)",
            "01234567-89ab-cdef-0123-456789abcdef and more",
            "uniqueidentifier",
            0,
            "01234567-89AB-CDEF-0123-456789ABCDEF",
        ),
        (
            "varchar(50)",
            "0123",
            "uniqueidentifier",
            0,
            "8169: Conversion failed when converting from a character string to uniqueidentifier.",
        ),
        ("nvarchar(50)", "<a/>", "xml", 0, "<a/>"),
        ("varbinary(50)", "0x3C612F3E", "xml", 0, "<a/>"),
        ("xml", "<a/>", "nvarchar(max)", 0, "<a/>"),
        (
            "xml",
            "<a/>",
            "nvarchar(2)",
            0,
            "6354: Target string size is too small to represent the XML instance",
        ),
        ("int", "1", "xml", 0, "529: Explicit conversion from data type int to xml is not allowed."),
    ]);
}

#[test]
fn texts_are_read_as_dates() {
    let same = "2007-06-12 10:05:09.000";
    let moments = [
        "2007-06-12 10:05:09",
        "2007-06-12T10:05:09",
        "2007-06-12T10:05:09Z",
        "20070612 10:05:09",
        "06/12/2007 10:05:09 AM",
        "6-12-07 10:05:09",
        "6.12.2007 10:05:09",
        "Jun 12 2007 10:05:09AM",
        "June 12, 2007 10:05:09",
        "12 jun 2007 10:05:09",
        "2007 june 12 10:05:09",
        "10:05:09 6/12/2007",
        "{ts '2007-06-12 10:05:09'}",
        "070612 10:05:09",
        "2007-06-12 10:05:09:000",
        "2007/06/12 10:05:09.000",
        "  2007-06-12   10:05:09  ",
    ];
    for text in moments {
        let found =
            outcome(cast(&Value::VarChar(text.into()), TEXT, SqlType::DateTime, 0), SqlType::DateTime);
        assert_eq!(found, same, "{text}");
    }
    check(&[
        ("varchar(40)", "", "datetime", 0, "1900-01-01 00:00:00.000"),
        ("varchar(40)", "10:05PM", "datetime", 0, "1900-01-01 22:05:00.000"),
        ("varchar(40)", "12:00AM", "time(0)", 0, "00:00:00"),
        ("varchar(40)", "2049", "date", 0, "2049-01-01"),
        ("varchar(40)", "1/1/50", "date", 0, "1950-01-01"),
        ("varchar(40)", "12/06/2007", "date", 103, "2007-06-12"),
        ("varchar(40)", "2007-06-12 23:59:59.999", "datetime", 0, "2007-06-13 00:00:00.000"),
        ("varchar(40)", "2007-06-12 10:05:09.9950000", "datetime2(2)", 0, "2007-06-12 10:05:10.00"),
        ("varchar(40)", "9999-12-31 23:59:59.9999999", "datetime2(0)", 0, "9999-12-31 23:59:59"),
        ("varchar(40)", "2007-06-12T10:05:09+02:00", "datetimeoffset(0)", 0, "2007-06-12 10:05:09 +02:00"),
        ("varchar(40)", "2007-06-12 10:05:30", "smalldatetime", 0, "2007-06-12 10:06:00"),
        (
            "varchar(40)",
            "2007-02-30",
            "datetime",
            0,
            "242: The conversion of a varchar data type to a datetime data type resulted in an out-of-range value.",
        ),
        (
            "nvarchar(40)",
            "1600-01-01",
            "datetime",
            0,
            "242: The conversion of a nvarchar data type to a datetime data type resulted in an out-of-range value.",
        ),
        (
            "varchar(40)",
            "25:00",
            "datetime",
            0,
            "242: The conversion of a varchar data type to a datetime data type resulted in an out-of-range value.",
        ),
        (
            "varchar(40)",
            "2007-02-30",
            "date",
            0,
            "241: Conversion failed when converting date and/or time from character string.",
        ),
        (
            "varchar(40)",
            "soon",
            "datetime",
            0,
            "241: Conversion failed when converting date and/or time from character string.",
        ),
        (
            "varchar(40)",
            "2007-06-12 10:05:09.1234",
            "datetime",
            0,
            "241: Conversion failed when converting date and/or time from character string.",
        ),
        (
            "varchar(40)",
            "soon",
            "smalldatetime",
            0,
            "295: Conversion failed when converting character string to smalldatetime data type.",
        ),
    ]);
}

#[test]
fn dates_are_written_in_styles() {
    let styles = [
        (0, "Jun  2 2007  3:04PM"),
        (1, "06/02/07"),
        (101, "06/02/2007"),
        (2, "07.06.02"),
        (103, "02/06/2007"),
        (4, "02.06.07"),
        (105, "02-06-2007"),
        (106, "02 Jun 2007"),
        (7, "Jun 02, 07"),
        (107, "Jun 02, 2007"),
        (8, "15:04:05"),
        (9, "Jun  2 2007  3:04:05:677PM"),
        (110, "06-02-2007"),
        (111, "2007/06/02"),
        (112, "20070602"),
        (13, "02 Jun 2007 15:04:05:677"),
        (114, "15:04:05:677"),
        (20, "2007-06-02 15:04:05"),
        (121, "2007-06-02 15:04:05.677"),
        (22, "06/02/07  3:04:05 PM"),
        (23, "2007-06-02"),
        (126, "2007-06-02T15:04:05.677"),
        (127, "2007-06-02T15:04:05.677Z"),
        (99, "281: 99 is not a valid style number when converting from datetime to a character string."),
        (131, "49902: Duologue does not support style 131, because it needs the Hijri calendar."),
    ];
    let moment = read("2007-06-02 15:04:05.678", SqlType::DateTime);
    for (style, expected) in styles {
        assert_eq!(outcome(cast(&moment, SqlType::DateTime, TEXT, style), TEXT), expected, "style {style}");
    }
    check(&[
        ("datetime", "2007-06-02 15:04:05", "varchar(40)", 126, "2007-06-02T15:04:05"),
        ("datetime", "2007-06-02 15:04:05", "varchar(6)", 0, "Jun  2"),
        ("date", "2007-06-02", "varchar(40)", 0, "2007-06-02"),
        ("date", "2007-06-02", "varchar(40)", 100, "Jun  2 2007"),
        ("time(3)", "15:04:05.6789", "varchar(40)", 0, "15:04:05.679"),
        ("datetime2(7)", "2007-06-02 15:04:05.6789012", "nvarchar(40)", 0, "2007-06-02 15:04:05.6789012"),
        ("datetime2(0)", "2007-06-02 15:04:05", "nvarchar(40)", 126, "2007-06-02T15:04:05"),
        ("datetimeoffset(0)", "2007-06-02 15:04:05 +02:00", "nvarchar(40)", 0, "2007-06-02 15:04:05 +02:00"),
        ("datetimeoffset(0)", "2007-06-02 15:04:05 +02:00", "nvarchar(40)", 126, "2007-06-02T15:04:05+02:00"),
        ("datetimeoffset(0)", "2007-06-02 15:04:05 +02:00", "nvarchar(40)", 127, "2007-06-02T13:04:05Z"),
    ]);
}

#[test]
fn dates_become_each_other_and_numbers() {
    check(&[
        ("datetime", "2007-06-02 15:04:05.003", "date", 0, "2007-06-02"),
        ("datetime", "2007-06-02 15:04:05.003", "datetime2(7)", 0, "2007-06-02 15:04:05.0033333"),
        ("datetime2(7)", "2007-06-02 15:04:05.0033333", "datetime", 0, "2007-06-02 15:04:05.003"),
        ("time(0)", "15:04:05", "datetime", 0, "1900-01-01 15:04:05.000"),
        (
            "date",
            "0001-01-01",
            "datetime",
            0,
            "242: The conversion of a date data type to a datetime data type resulted in an out-of-range value.",
        ),
        (
            "date",
            "2007-06-02",
            "time(0)",
            0,
            "529: Explicit conversion from data type date to time is not allowed.",
        ),
        ("datetimeoffset(0)", "2007-06-02 01:00:00 +02:00", "date", 0, "2007-06-02"),
        ("int", "1", "datetime", 0, "1900-01-02 00:00:00.000"),
        ("float", "-0.5", "datetime", 0, "1899-12-31 12:00:00.000"),
        (
            "int",
            "10000000",
            "datetime",
            0,
            "8115: Arithmetic overflow error converting expression to data type datetime.",
        ),
        ("datetime", "1900-01-02 12:00", "int", 0, "2"),
        ("datetime", "1900-01-02 12:00", "float", 0, "1.5"),
        ("int", "1", "date", 0, "529: Explicit conversion from data type int to date is not allowed."),
    ]);
}

#[test]
fn implicit_conversions_are_refused_where_cast_is_needed() {
    let cases = [
        (
            "varchar(5)",
            "varbinary(max)",
            257,
            "Implicit conversion from data type varchar to varbinary(max) is not \
            allowed. Use the CONVERT function to run this query.",
        ),
        (
            "xml",
            "nvarchar(max)",
            257,
            "Implicit conversion from data type xml to nvarchar(max) is not allowed. Use the \
            CONVERT function to run this query.",
        ),
        ("int", "date", 206, "Operand type clash: int is incompatible with date"),
        (
            "money",
            "nvarchar(10)",
            257,
            "Implicit conversion from data type money to nvarchar is not allowed. Use the \
            CONVERT function to run this query.",
        ),
    ];
    for (from, to, number, text) in cases {
        let error = convert(&Value::Null, sql_type(from), sql_type(to), 0, Mode::Implicit, XML).unwrap_err();
        assert_eq!((error.number, error.text.as_str()), (number, text));
    }
}

#[test]
fn columns_do_not_cut() {
    let column = sql_type("nvarchar(3)");
    let store =
        |text: &str| convert(&Value::nvarchar(text), SqlType::NVARCHAR_MAX, column, 0, Mode::Store, XML);
    assert_eq!(store("abc  "), Ok(Value::nvarchar("abc")));
    assert_eq!(store("abcd").unwrap_err().number, 8152);
    let error = truncation_error("db.dbo.t", "c", &Value::nvarchar("abcd"), column);
    assert_eq!(
        error.text,
        "String or binary data would be truncated in table 'db.dbo.t', column 'c'. Truncated value: 'abc'."
    );
    assert_eq!(
        convert(&Value::nvarchar("abcd"), SqlType::NVARCHAR_MAX, column, 0, Mode::Implicit, XML),
        Ok(Value::nvarchar("abc"))
    );
}

#[test]
fn variants_convert_as_the_value_inside() {
    let variant = Value::Int(5);
    assert_eq!(cast(&variant, SqlType::SqlVariant, TEXT, 0), Ok(Value::VarChar("5".into())));
    let error = convert(&variant, SqlType::SqlVariant, SqlType::Int, 0, Mode::Implicit, XML).unwrap_err();
    assert_eq!(error.number, 257);
}
