//! Master keys that are replaced under dialogs that go on.

use std::sync::Arc;

use duologue_broker::{Caller, Instance};
use duologue_catalog::objects::MasterKey;
use duologue_keys::fixtures::SeededRandom;
use duologue_keys::{DatabaseMasterKey, ServiceMasterKey};
use duologue_messages::SqlError;
use duologue_simulator::{World, ready};
use duologue_types::DatabaseId;

use crate::support::{Statements, secured_pair};

const I: (usize, &str) = (0, "i");
const T: (usize, &str) = (1, "t");

fn open_key(instance: &mut Instance, database: DatabaseId) -> Arc<DatabaseMasterKey> {
    let (keyring, catalog) = instance.keyring();
    keyring.master_key(catalog, database).unwrap()
}

/// Stores another master key for `i`; without the old one the session keys are lost.
fn replace(instance: &mut Instance, caller: Caller<'_>, keep: bool) -> Result<(), SqlError> {
    let (transaction, database) = (caller.transaction, caller.security.database);
    let mut random = SeededRandom::new(99);
    let old = open_key(instance, database);
    let new = DatabaseMasterKey::generate(&mut random);
    assert!(!instance.loses_session_keys(transaction, database, Some(&old)));
    assert!(instance.loses_session_keys(transaction, database, Some(&new)));
    let (keyring, _) = instance.keyring();
    let copy = new.wrap_by_service_master_key(keyring.service_master_key(), &mut random).into_bytes();
    instance.change_catalog(transaction, |draft| {
        let key = MasterKey { by_password: Vec::new(), by_service_master_key: Some(copy) };
        draft.update_database(database, |settings| settings.master_key = Some(key));
        Ok(())
    })?;
    let new = Arc::new(new);
    instance.rewrap_session_keys(transaction, database, keep.then_some(old), new.clone());
    assert!(!instance.loses_session_keys(transaction, database, Some(&new)), "they will be under it");
    Ok(())
}

fn exchange(world: &mut World, number: u32) {
    let (handle, target) = (world.only_endpoint(0, "i"), world.only_endpoint(1, "t"));
    world.send(I, handle, &format!("there {number}"));
    world.reply(T, target, &format!("back {number}"));
    assert_eq!(world.texts(T, "TargetQueue"), [format!("Request:there {number}")]);
    assert_eq!(world.texts(I, "InitiatorQueue"), [format!("Reply:back {number}")]);
}

fn talking() -> World {
    let mut world = secured_pair(false);
    let handle = world.begin(I, "Initiator", "Target", true);
    world.send(I, handle, "first");
    assert_eq!(world.texts(T, "TargetQueue"), ["Request:first"]);
    exchange(&mut world, 1);
    world
}

#[test]
fn a_dialog_goes_on_under_another_master_key() {
    let mut world = talking();
    let now = world.now;
    world.nodes[0].run("i", now, |instance, caller| replace(instance, caller, true)).unwrap();
    world.settle();
    exchange(&mut world, 2);
    world.restart(0);
    exchange(&mut world, 3);
}

#[test]
fn a_dialog_whose_keys_are_lost_ends_with_28052() {
    let mut world = talking();
    let now = world.now;
    let handle = world.only_endpoint(0, "i");
    world.nodes[0].run("i", now, |instance, caller| replace(instance, caller, false)).unwrap();
    world.settle();
    assert_eq!(world.state(0, handle), "ER");
    assert_eq!(world.texts(I, "InitiatorQueue"), ["Error:-28052"]);
}

#[test]
fn a_replacement_that_is_rolled_back_changes_nothing() {
    let mut world = talking();
    let now = world.now;
    let refused = world.nodes[0].run("i", now, |instance, caller| {
        replace(instance, caller, false)?;
        Err::<(), _>(duologue_messages::sql_error!(3998))
    });
    assert_eq!(refused.unwrap_err().number, 3998);
    world.settle();
    exchange(&mut world, 2);
}

#[test]
fn every_master_key_comes_under_another_service_master_key() {
    let mut world = talking();
    let now = world.now;
    let new = ServiceMasterKey::generate(&mut SeededRandom::new(7));
    let lost = world.nodes[0]
        .run("i", now, |instance, caller| {
            instance.replace_service_master_key(caller.transaction, new, false).map(ready)
        })
        .unwrap();
    assert_eq!(lost, Vec::<String>::new());
    world.settle();
    exchange(&mut world, 2);
    world.restart(0);
    exchange(&mut world, 3);
}
