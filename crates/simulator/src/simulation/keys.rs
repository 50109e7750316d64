//! What administrators do meanwhile to master keys and certificates.

use std::sync::Arc;

use duologue_catalog::SecurableKind;
use duologue_catalog::ddl::authorization::{NewOwner, OwnedEntity, alter_authorization};
use duologue_catalog::ddl::certificates::{CertificateChange, alter_certificate, drop_certificate};
use duologue_catalog::ddl::users::{UserChanges, alter_user};
use duologue_catalog::ddl::{DdlOutcome, Effect};
use duologue_catalog::objects::{Certificate, MasterKey, PrivateKeyProtection};
use duologue_keys::fixtures::SeededRandom;
use duologue_keys::{DatabaseMasterKey, PrivateKey, ServiceMasterKey, WrappedKey, random_array};

use super::Simulation;
use super::sites::{far_certificate, far_user};
use crate::credentials::{GENERATIONS, credential};
use crate::setup::{Party, Protection};

impl Simulation {
    /// One change at a site, which may stop its dialogs with another one until the end.
    pub(super) fn change_keys(&mut self, site: usize, far: usize) {
        let what = self.chance.below(9);
        self.note("keys", site, (10 * far + what) as u64);
        let generation = self.generations[site];
        match what {
            0 if generation + 1 < GENERATIONS => self.renew_certificate(site),
            1 => self.drop_own_certificate(site),
            2 => self.move_certificate(site, far, self.generations[far], "other"),
            3 => self.move_certificate(site, far, self.generations[far], &far_user(far)),
            4 => self.deactivate_own_certificate(site),
            5 => self.at_site(site, |mut party, _| hide_master_key(&mut party)),
            6 => self.at_site(site, |mut party, _| replace_master_key(&mut party)),
            7 => self.replace_service_master_key(site),
            8 => self.rename_user(site, far),
            _ => self.mend_keys(site),
        }
    }

    /// A new certificate for the site's owner. Most partners get it; some administrators forget, until the end.
    fn renew_certificate(&mut self, site: usize) {
        self.generations[site] += 1;
        let partners: Vec<usize> = self.sites.far_from(site).collect();
        for partner in partners {
            if self.machines[self.sites.all[partner].node].takes_definitions() && self.chance.happens(800) {
                self.introduce_certificate(partner, site, self.generations[site]);
            }
        }
        self.install_own(site, self.generations[site]);
        if self.chance.happens(500) {
            let old = format!("own{}", self.generations[site] - 1);
            let inactive = CertificateChange::ActiveForBeginDialog(false);
            let _outcome =
                self.at_site(site, |mut party, _| party.ddl(|cx| alter_certificate(cx, &old, inactive)));
        }
    }

    /// A partner's certificate, from his backup, if it is missing.
    fn introduce_certificate(&mut self, site: usize, far: usize, generation: usize) {
        let name = far_certificate(far, generation);
        let user = far_user(far);
        self.at_site(site, |mut party, _| {
            if party.node.database(party.database).certificates.find(&name).is_none() {
                let found = credential(far, generation);
                let pair = (&found.certificate, found.private_key());
                party.install(&name, &user, pair, Protection::Absent, true);
            }
        });
    }

    /// The site's own certificate, from its backup, if it is missing and there is a master key to put it under.
    fn install_own(&mut self, site: usize, generation: usize) {
        let name = format!("own{generation}");
        let owner = self.sites.all[site].owner;
        self.at_site(site, |mut party, _| {
            let id = party.node.database(party.database).settings.id;
            let (keyring, catalog) = party.node.instance.keyring();
            let catalog = catalog.clone();
            let has_key = keyring.master_key(&catalog, id).is_some();
            if has_key && party.node.database(party.database).certificates.find(&name).is_none() {
                let found = credential(site, generation);
                let pair = (&found.certificate, found.private_key());
                party.install(&name, owner, pair, Protection::MasterKey, true);
            }
        });
    }

    fn drop_own_certificate(&mut self, site: usize) {
        let name = format!("own{}", self.chance.below(self.generations[site] + 1));
        let _outcome = self.at_site(site, |mut party, _| party.ddl(|cx| drop_certificate(cx, &name)));
        if self.chance.happens(500) {
            self.mend_keys(site);
        }
    }

    fn deactivate_own_certificate(&mut self, site: usize) {
        let name = format!("own{}", self.generations[site]);
        let change = CertificateChange::ActiveForBeginDialog(self.chance.happens(500));
        let _outcome =
            self.at_site(site, |mut party, _| party.ddl(|cx| alter_certificate(cx, &name, change)));
    }

    /// ALTER AUTHORIZATION on a partner's certificate.
    fn move_certificate(&mut self, site: usize, far: usize, generation: usize, to: &str) {
        let name = far_certificate(far, generation);
        let entity = OwnedEntity::Named(SecurableKind::Certificate, name);
        let to = NewOwner::Principal(to.into());
        let _outcome =
            self.at_site(site, |mut party, _| party.ddl(|cx| alter_authorization(cx, &entity, &to)));
    }

    /// ALTER USER … WITH NAME, and back: bindings and certificates do not mind.
    fn rename_user(&mut self, site: usize, far: usize) {
        let (name, other) = (far_user(far), format!("formerly far{far}"));
        self.at_site(site, |mut party, _| {
            for (from, to) in [(&name, &other), (&other, &name)] {
                let changes = UserChanges { new_name: Some(to.clone()), ..UserChanges::default() };
                party.must(|cx| alter_user(cx, from, &changes));
            }
        });
    }

    fn replace_service_master_key(&mut self, site: usize) {
        self.at_site(site, |party, _| {
            let transaction = party.node.begin();
            let instance = &mut party.node.instance;
            let new = ServiceMasterKey::generate(instance.random());
            let replaced = instance.replace_service_master_key(transaction, new, false);
            match replaced {
                Ok(_) => {
                    instance.commit(transaction, party.now);
                }
                Err(_) => instance.rollback(transaction, party.now),
            }
        });
    }

    /// Every certificate is where it belongs, active, and the master key is open.
    pub(super) fn mend_keys(&mut self, site: usize) {
        self.at_site(site, |mut party, _| show_master_key(&mut party));
        for generation in 0..=self.generations[site] {
            self.install_own(site, generation);
        }
        let newest = format!("own{}", self.generations[site]);
        let active = CertificateChange::ActiveForBeginDialog(true);
        self.at_site(site, |mut party, _| party.must(|cx| alter_certificate(cx, &newest, active)));
        let partners: Vec<usize> = self.sites.far_from(site).collect();
        for far in partners {
            for generation in 0..=self.generations[far] {
                self.introduce_certificate(site, far, generation);
                self.move_certificate(site, far, generation, &far_user(far));
            }
        }
    }
}

fn master_key(party: &mut Party<'_>) -> Option<Arc<DatabaseMasterKey>> {
    let id = party.node.database(party.database).settings.id;
    let (keyring, catalog) = party.node.instance.keyring();
    let catalog = catalog.clone();
    keyring.master_key(&catalog, id)
}

/// A random number source of its own: the instance's is borrowed with its keys.
fn random(party: &mut Party<'_>) -> SeededRandom {
    SeededRandom::new(u64::from_le_bytes(random_array::<8>(party.node.instance.random())))
}

fn store_master_key(party: &mut Party<'_>, stored: MasterKey) {
    party.must(|cx| {
        let database = cx.database;
        cx.draft.update_database(database, |settings| settings.master_key = Some(stored));
        Ok(DdlOutcome { effects: vec![Effect::CertificatesChanged { database }], ..DdlOutcome::default() })
    });
}

fn by_service_master_key(party: &mut Party<'_>, key: &DatabaseMasterKey) -> Vec<u8> {
    let mut random = random(party);
    let (keyring, _) = party.node.instance.keyring();
    key.wrap_by_service_master_key(keyring.service_master_key(), &mut random).into_bytes()
}

/// ALTER MASTER KEY DROP ENCRYPTION BY SERVICE MASTER KEY: nothing in the background opens it any more. The copy under
/// its password, which nobody here can open quickly, is the key under the root that the simulator knows.
fn hide_master_key(party: &mut Party<'_>) {
    let Some(key) = master_key(party) else { return };
    let mut random = random(party);
    let copy = key.wrap_by_service_master_key(&escrow(), &mut random).into_bytes();
    store_master_key(party, MasterKey { by_password: vec![copy], by_service_master_key: None });
}

/// ALTER MASTER KEY ADD ENCRYPTION BY SERVICE MASTER KEY.
fn show_master_key(party: &mut Party<'_>) {
    if master_key(party).is_some() {
        return;
    }
    let stored = party.node.database(party.database).settings.master_key.clone();
    let copy = stored.and_then(|stored| stored.by_password.first().cloned()).expect("there is a copy");
    let key =
        DatabaseMasterKey::unwrap_by_service_master_key(&WrappedKey::from_bytes(copy.clone()), &escrow());
    let key = key.expect("the copy was made here");
    let shown = by_service_master_key(party, &key);
    store_master_key(party, MasterKey { by_password: vec![copy], by_service_master_key: Some(shown) });
}

/// Stands for the password of a master key.
fn escrow() -> ServiceMasterKey {
    ServiceMasterKey::generate(&mut SeededRandom::new(77))
}

/// ALTER MASTER KEY REGENERATE: private keys and session keys go from the old one to the new one.
fn replace_master_key(party: &mut Party<'_>) {
    let Some(old) = master_key(party) else { return };
    let mut random = random(party);
    let new = DatabaseMasterKey::generate(&mut random);
    let shown = by_service_master_key(party, &new);
    let copy = new.wrap_by_service_master_key(&escrow(), &mut random).into_bytes();
    let stored = MasterKey { by_password: vec![copy], by_service_master_key: Some(shown) };
    let found = party.node.database(party.database);
    let database = found.settings.id;
    let rows: Vec<_> = found.certificates.iter().cloned().collect();
    let rewrapped: Vec<_> = rows.iter().filter_map(|row| rewrap(row, &old, &new, &mut random)).collect();
    let transaction = party.node.begin();
    let instance = &mut party.node.instance;
    let changed = instance.change_catalog(transaction, |draft| {
        for (id, wrapped) in rewrapped {
            draft.update(database, id, |row: &mut Certificate| {
                if let Some(key) = &mut row.private_key {
                    key.wrapped = wrapped;
                }
            });
        }
        draft.update_database(database, |settings| settings.master_key = Some(stored));
        Ok(())
    });
    changed.map(crate::node::ready).expect("nobody else changes the catalog");
    instance.rewrap_session_keys(transaction, database, Some(old), Arc::new(new));
    instance.add_effects(transaction, vec![Effect::CertificatesChanged { database }]);
    instance.commit(transaction, party.now);
}

fn rewrap(
    row: &Certificate,
    old: &DatabaseMasterKey,
    new: &DatabaseMasterKey,
    random: &mut SeededRandom,
) -> Option<(i32, Vec<u8>)> {
    let stored = row.private_key.as_ref().filter(|key| key.protection == PrivateKeyProtection::MasterKey)?;
    let key = PrivateKey::unwrap(&WrappedKey::from_bytes(stored.wrapped.clone()), old).ok()?;
    Some((row.id.0, key.wrap(new, random).into_bytes()))
}
