use std::cmp::Ordering;

use kiln::{
    document::{Node, Value, deserialize},
    kubernetes::{CpuQuantity, Memory, Quantity},
};

/// What is written, what the API server makes of it, and the amount in thousand-millionths.
pub const CANONICAL: &[(&str, &str, i128)] = &[
    ("500m", "500m", 500_000_000),
    ("1100m", "1100m", 1_100_000_000),
    ("2000m", "2", 2_000_000_000),
    ("1.5", "1500m", 1_500_000_000),
    (".5", "500m", 500_000_000),
    ("5.", "5", 5_000_000_000),
    ("+3", "3", 3_000_000_000),
    ("1500", "1500", 1_500_000_000_000),
    ("1k", "1k", 1_000_000_000_000),
    ("1000k", "1M", 1_000_000_000_000_000),
    ("2T", "2T", 2_000_000_000_000_000_000_000),
    ("1E", "1E", 1_000_000_000_000_000_000_000_000_000),
    ("512m", "512m", 512_000_000),
    ("512Mi", "512Mi", 536_870_912_000_000_000),
    ("2Gi", "2Gi", 2_147_483_648_000_000_000),
    ("1024Ki", "1Mi", 1_048_576_000_000_000),
    ("1025Ki", "1025Ki", 1_049_600_000_000_000),
    ("1000Ki", "1000Ki", 1_024_000_000_000_000),
    ("1.25Gi", "1280Mi", 1_342_177_280_000_000_000),
    ("7.5Ei", "7680Pi", 8_646_911_284_551_352_320_000_000_000),
    ("0.5Ki", "512", 512_000_000_000),
    ("1023.5Ki", "1048064", 1_048_064_000_000_000),
    ("1.1Ki", "1126400m", 1_126_400_000_000),
    ("0.1Gi", "107374182400m", 107_374_182_400_000_000),
    (
        "8Ei",
        "9223372036854775807",
        9_223_372_036_854_775_807_000_000_000,
    ),
    ("1e3", "1e3", 1_000_000_000_000),
    ("12e2", "1200", 1_200_000_000_000),
    ("1e4", "10e3", 10_000_000_000_000),
    ("1e10", "10e9", 10_000_000_000_000_000_000),
    ("0.5e1", "5", 5_000_000_000),
    ("1e-3", "1e-3", 1_000_000),
];

#[test]
fn quantities_are_read_and_written_as_the_server_does() {
    for (written, canonical, nano) in CANONICAL {
        let quantity: Quantity = written.parse().expect(written);
        assert_eq!(quantity.nano(), *nano, "{written}");
        assert_eq!(quantity.to_string(), *canonical, "{written}");
        let negative: Quantity = format!("-{}", written.trim_start_matches('+'))
            .parse()
            .expect(written);
        assert_eq!(negative.nano(), -nano, "-{written}");
    }
}

#[test]
fn what_is_finer_than_a_thousand_millionth_rounds_up() {
    for (written, nano) in [
        ("1n", 1),
        ("0.1n", 1),
        ("1.000000001n", 2),
        ("0.0000000001", 1),
        ("1e-10", 1),
        ("1e-40", 1),
        ("0e-40", 0),
        ("0.3333333333333333333", 333_333_334),
        ("0", 0),
    ] {
        assert_eq!(
            written.parse::<Quantity>().expect(written).nano(),
            nano,
            "{written}"
        );
    }
}

#[test]
fn what_is_larger_than_any_amount_is_capped() {
    let largest = i128::from(i64::MAX) * 1_000_000_000;
    for written in [
        "8Ei",
        "100E",
        "1e30",
        "1e999",
        "99999999999999999999999999999999999999999",
    ] {
        assert_eq!(
            written.parse::<Quantity>().expect(written).nano(),
            largest,
            "{written}"
        );
    }
}

#[test]
fn what_the_server_refuses_is_refused() {
    for written in [
        "", " 1", "1 Gi", "1g", "2GB", "1ki", "1KiB", "Gi", "m", ".", "1.2.3", "e3", "1e", "1i",
        "--1", "+-1", "1_000", "0x10", "1e1.5", "١", "inf", "NaN",
    ] {
        assert!(written.parse::<Quantity>().is_err(), "{written}");
    }
}

#[test]
fn quantities_compare_by_amount() {
    let quantity = |text: &str| text.parse::<Quantity>().expect(text);
    assert_eq!(quantity("1"), quantity("1000m"));
    assert_eq!(quantity("1Gi"), quantity("1073741824"));
    assert_eq!(quantity("1G").cmp(&quantity("1Gi")), Ordering::Less);
    assert_eq!(quantity("1001m").cmp(&quantity("1")), Ordering::Greater);
    assert_eq!(quantity("1001m").units(), 2);
    assert_eq!(quantity("0.0001").milli(), 1);
    assert_eq!(Quantity::from_units(2048).to_string(), "2048");
}

#[test]
fn memory_is_a_whole_number_of_bytes() {
    for (written, bytes, canonical) in [
        ("2Gi", 2_147_483_648, "2Gi"),
        ("512Mi", 536_870_912, "512Mi"),
        ("1G", 1_000_000_000, "1G"),
        ("1.5Gi", 1_610_612_736, "1536Mi"),
        ("2048Mi", 2_147_483_648, "2Gi"),
    ] {
        let memory: Memory = written.parse().expect(written);
        assert_eq!(memory.bytes(), bytes, "{written}");
        assert_eq!(memory.to_string(), canonical, "{written}");
    }
    assert_eq!(
        Memory::from_bytes(1_610_612_736)
            .expect("in range")
            .to_string(),
        "1536Mi"
    );
    assert!(Memory::from_bytes(0).is_err());
    assert!(Memory::from_bytes(u64::MAX).is_err());
}

#[test]
fn memory_that_means_something_else_is_explained() {
    for (written, part) in [
        ("512m", "512 thousandths of a byte"),
        ("512m", "`512Mi`"),
        ("2g", "write `2Gi`"),
        ("2GB", "write `2Gi`"),
        ("2GiB", "write `2Gi`"),
        ("2gi", "write `2Gi`"),
        ("512mb", "write `512Mi`"),
        ("2048", "would be 2048 bytes"),
        ("1e9", "whole bytes"),
        ("0.0001Ki", "whole bytes"),
        ("0Gi", "above zero"),
        ("-2Gi", "above zero"),
        ("two", "is not a quantity"),
        ("", "is not a quantity"),
    ] {
        let error = written.parse::<Memory>().expect_err(written).to_string();
        assert!(error.contains(part), "{written}: {error}");
    }
}

#[test]
fn cores_are_read_from_numbers_and_texts() {
    let read =
        |value: Value| deserialize::<CpuQuantity>(&Node::from(value)).map(CpuQuantity::millicores);
    assert_eq!(read(Value::Integer(2)).expect("an integer"), 2000);
    assert_eq!(read(Value::Float(0.1)).expect("a float"), 100);
    assert_eq!(read(Value::Float(1.5)).expect("a float"), 1500);
    assert_eq!(read(Value::from("500m")).expect("a text"), 500);
    for (value, part) in [
        (Value::Integer(0), "is not between"),
        (Value::Float(-0.5), "is not between"),
        (Value::Float(0.0001), "finer than a thousandth"),
        (Value::Float(f64::NAN), "is not a number of cores"),
        (Value::from("512Mi"), "is not a number of cores"),
        (Value::from("5368709120"), "is not between"),
        (Value::from("two"), "is not a number of cores"),
        (Value::Bool(true), "a number of cores"),
    ] {
        let error = read(value.clone()).expect_err("refused").message;
        assert!(error.contains(part), "{value:?}: {error}");
    }
}

#[test]
fn cores_are_written_plainly() {
    for (written, canonical) in [
        ("2", "2"),
        ("0.5", "500m"),
        ("1500m", "1500m"),
        ("1000", "1000"),
    ] {
        let cores: CpuQuantity = written.parse().expect(written);
        assert_eq!(Value::from(cores), Value::from(canonical), "{written}");
    }
    assert_eq!(
        CpuQuantity::from_millicores(250).expect("some").to_string(),
        "250m"
    );
    assert!(CpuQuantity::from_millicores(0).is_err());
}

#[test]
fn a_schema_validator_agrees_about_memory_and_cores() {
    let memory = validator::<Memory>();
    for written in [
        "2Gi", "512Mi", "1G", "1.5Gi", "512m", "2g", "2048", "2GB", "1e9", "-2Gi", "", "Gi",
    ] {
        let ours = written.parse::<Memory>().is_ok();
        assert_eq!(memory.is_valid(&written.into()), ours, "{written}");
    }
    let cores = validator::<CpuQuantity>();
    for written in [
        "2", "0.5", ".5", "500m", "0.0001", "512Mi", "1k", "1e1", "-1", "",
    ] {
        let ours = written.parse::<CpuQuantity>().is_ok();
        assert_eq!(cores.is_valid(&written.into()), ours, "{written}");
    }
    for (number, ours) in [
        (0.5, true),
        (2.0, true),
        (0.0, false),
        (-1.0, false),
        (2e6, false),
    ] {
        assert_eq!(cores.is_valid(&number.into()), ours, "{number}");
    }
}

/// A validator of the schema that a type states.
pub fn validator<T: schemars::JsonSchema>() -> jsonschema::Validator {
    let schema = schemars::schema_for!(T);
    jsonschema::validator_for(schema.as_value()).expect("the schema is one")
}
