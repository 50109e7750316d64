use crate::support::single;
#[test]
fn x() {
    let _ = single();
}
