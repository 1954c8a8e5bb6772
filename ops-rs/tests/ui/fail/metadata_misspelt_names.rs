ops::charm_metadata!(mod meta, "tests/fixtures/web/charmcraft.yaml");

fn names(config: &meta::Config, backup: &meta::actions::Backup) {
    let _ = config.loglevel;
    let _ = meta::endpoints::Databse;
    let _ = meta::containers::WEBB;
    let _ = meta::storage::PAGE;
    let _ = meta::options::PORTS;
    let _ = meta::resources::IMAGES;
    let _ = meta::Action::Restore;
    let _ = backup.to;
    let _ = meta::actions::backup::Mode::Incremental;
}

fn main() {
    let _ = names;
}
