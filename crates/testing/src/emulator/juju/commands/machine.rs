//! `credential-get`, `resource-get`, `unit-get`, `juju-reboot`: what a unit asks of the place where it lives.

use super::super::{
    go,
    model::{CloudSpec, ModelKind},
    record::Effect,
};
use super::{ALL_FORMATS, FORMAT, Failure, Flag, Format, OUTPUT, Run, Value, refused, usage};
use ops_core::JujuVersion;

/// Only for an application that is trusted; on Kubernetes since 3.6.10.
pub(super) fn credential_get(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[FORMAT, OUTPUT])?;
    let format = arguments.format(Format::Smart, ALL_FORMATS)?;
    arguments.at_most(0)?;
    let cannot = |why: &str| refused(format!("cannot access cloud credentials: {why}"));
    let model = &run.model;
    if model.kind == ModelKind::Kubernetes && model.version < JujuVersion::new(3, 6, 10) {
        return Err(cannot("credential-get on a \"caas\" model not supported"));
    }
    let application = model.application(run.session.application());
    if !application.is_ok_and(|application| application.trusted) {
        return Err(cannot("permission denied"));
    }
    let cloud = model.cloud.as_ref().ok_or_else(|| cannot("cloud spec not found"))?;
    run.out = format.print(&cloud_value(cloud));
    Ok(())
}

/// Empty fields are left out, as in Juju's `params.CloudSpec`.
fn cloud_value(cloud: &CloudSpec) -> Value<'_> {
    let mut fields = vec![
        ("type", Value::text(cloud.kind.as_str())),
        ("name", Value::text(cloud.name.as_str())),
    ];
    let texts = [
        ("region", &cloud.region),
        ("endpoint", &cloud.endpoint),
        ("identity-endpoint", &cloud.identity_endpoint),
        ("storage-endpoint", &cloud.storage_endpoint),
    ];
    for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        fields.push((name, Value::text(text.as_str())));
    }
    if let Some(credential) = &cloud.credential {
        let attributes = credential.attributes.iter();
        let attributes = attributes.map(|(name, value)| (name, Value::text(value.as_str())));
        let mut inner = vec![("auth-type", Value::text(credential.auth_type.as_str()))];
        if !credential.attributes.is_empty() {
            inner.push(("attrs", Value::map(attributes)));
        }
        if !credential.redacted.is_empty() {
            let redacted = credential.redacted.iter().map(String::as_str);
            inner.push(("redacted", Value::texts(redacted)));
        }
        fields.push(("credential", Value::Struct(inner)));
    }
    if !cloud.ca_certificates.is_empty() {
        let certificates = cloud.ca_certificates.iter().map(String::as_str);
        fields.push(("cacertificates", Value::texts(certificates)));
    }
    let flags = [
        ("skip-tls-verify", cloud.skip_tls_verify),
        ("is-controller-cloud", cloud.is_controller_cloud),
    ];
    fields.extend(flags.into_iter().filter(|(_, flag)| *flag).map(|(n, _)| (n, Value::Bool(true))));
    Value::Struct(fields)
}

/// The path of the file, without a newline.
pub(super) fn resource_get(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[])?;
    let name = arguments
        .positional(0)
        .filter(|name| !name.is_empty())
        .ok_or_else(|| usage("missing required resource name"))?;
    arguments.at_most(1)?;
    let application = run.model.application(run.session.application());
    let path = application.ok().and_then(|application| application.resources.get(name));
    let path = path.ok_or_else(|| {
        refused(format!("could not download resource: resource {} not found", go::quote(name)))
    })?;
    run.out = path.to_string_lossy().into_owned();
    Ok(())
}

pub(super) fn unit_get(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[FORMAT, OUTPUT])?;
    let format = arguments.format(Format::Smart, ALL_FORMATS)?;
    let setting = arguments.positional(0).ok_or_else(|| usage("no setting specified"))?;
    arguments.at_most(1)?;
    let network = run.unit()?.network("");
    let address = match setting {
        "private-address" => network.and_then(|network| network.bind_address()),
        "public-address" => network.and_then(|network| network.ingress_address()),
        other => return Err(usage(format!("unknown setting {}", go::quote(other)))),
    };
    let what = setting.replace('-', " ");
    let address = address.ok_or_else(|| refused(format!("{what} not found")))?;
    run.out = format.print(&Value::text(address));
    Ok(())
}

/// Without `--now`, the machine reboots after a hook that succeeds; with it, the hook is killed.
pub(super) fn reboot(run: &mut Run<'_>) -> Result<(), Failure> {
    let arguments = run.arguments(&[Flag::switch(&["now"])])?;
    let now = arguments.switch("now")?;
    arguments.at_most(0)?;
    if run.session.hook().is_action() {
        return Err(refused("juju-reboot is not supported when running an action."));
    }
    run.session.effect(Effect::Reboot { now });
    if now {
        run.session.reboot_now();
    }
    Ok(())
}
