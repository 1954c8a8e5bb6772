//! `secret-*`: secrets that this charm owns, and those that others granted to it.
//!
//! Content goes out in files and comes back as [`Secret`]; no error here carries any of it.

use super::{CommandError, CommandErrorKind, Invocation, Juju, relation::on_relation};
use ops_core::{
    Secret,
    names::{EndpointName, RelationId, SecretId, UnitName},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{borrow::Cow, collections::BTreeMap, fmt, str::FromStr};

/// How a secret is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretRef<'a> {
    /// By its id.
    Id(&'a SecretId),
    /// By the label that this charm gave it.
    Label(&'a str),
}

/// Which revision of a secret is read, and whether this unit moves on to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Read {
    /// The revision that this unit tracks: the latest at its first read, until it refreshes.
    Tracked,
    /// The latest, once; the tracked one stays.
    Peek,
    /// The latest, and track it from now on. The owner may then delete the one tracked before.
    Refresh,
}

/// The content of a secret (Juju: `secret-get`).
///
/// The values are tagged `secret:ID/key@tracked` (or `label/key`, and `@latest`); who knows the
/// revision makes a better tag.
///
/// # Errors
/// See [`CommandError`]. `NotFound`, and `PermissionDenied` when it was not granted.
pub fn secret_get(
    juju: &Juju,
    secret: SecretRef<'_>,
    read: Read,
) -> Result<BTreeMap<String, Secret>, CommandError> {
    let call = named(Invocation::new("secret-get").arg("--format=json"), secret);
    let (call, revision) = match read {
        Read::Tracked => (call, "tracked"),
        Read::Peek => (call.arg("--peek"), "latest"),
        Read::Refresh => (call.arg("--refresh"), "latest"),
    };
    let name = match secret {
        SecretRef::Id(id) => id.as_str(),
        SecretRef::Label(label) => label,
    };
    let content: BTreeMap<String, String> = juju.json(&call)?;
    let tagged = content.into_iter().map(|(key, value)| {
        let tag = format!("{name}/{key}@{revision}");
        (key, Secret::new(value, tag))
    });
    Ok(tagged.collect())
}

/// What is known of a secret that this charm owns, without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretInfo {
    /// The id.
    pub id: SecretId,
    /// The latest revision.
    pub revision: u64,
    /// The label, if it has one.
    pub label: Option<String>,
    /// The description, if it has one.
    pub description: Option<String>,
    /// How often Juju asks for a new revision.
    pub rotation: Rotation,
    /// When the latest revision expires, in RFC 3339.
    pub expiry: Option<String>,
    /// When Juju next asks for a new revision, in RFC 3339.
    pub rotates: Option<String>,
    /// Who owns it.
    pub owner: SecretOwner,
    /// Who may read it. Older agents do not say.
    pub access: Vec<SecretAccess>,
}

/// One grant of a secret, in Juju's tags, such as `application-hydra` and `relation-db.hydra#web.db`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct SecretAccess {
    /// Who may read it.
    pub target: String,
    /// For as long as this exists.
    pub scope: String,
    /// What is granted, such as `view`.
    pub role: String,
}

/// What is known of an owned secret (Juju: `secret-info-get`).
///
/// # Errors
/// See [`CommandError`]. `NotFound` also for secrets that others own.
pub fn secret_info_get(juju: &Juju, secret: SecretRef<'_>) -> Result<SecretInfo, CommandError> {
    let call = named(Invocation::new("secret-info-get").arg("--format=json"), secret);
    let listing: BTreeMap<SecretId, Fields> = juju.json(&call)?;
    let Some((id, fields)) = listing.into_iter().next() else {
        return Err(juju.garbage(&call, "it printed no secret"));
    };
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    Ok(SecretInfo {
        id,
        revision: fields.revision,
        label: filled(fields.label),
        description: filled(fields.description),
        rotation: fields.rotation.unwrap_or_default(),
        expiry: filled(fields.expiry),
        rotates: filled(fields.rotates),
        owner: fields.owner,
        access: fields.access.unwrap_or_default(),
    })
}

#[derive(Deserialize)]
struct Fields {
    revision: u64,
    label: Option<String>,
    description: Option<String>,
    rotation: Option<Rotation>,
    expiry: Option<String>,
    rotates: Option<String>,
    owner: SecretOwner,
    access: Option<Vec<SecretAccess>>,
}

/// A secret to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSecret {
    /// Who will own it. An application's secrets are its leader's to write.
    pub owner: SecretOwner,
    /// A label to find it by, unique to the charm.
    pub label: Option<String>,
    /// A description for people.
    pub description: Option<String>,
    /// When it expires: RFC 3339, or a duration such as `24h`.
    pub expire: Option<String>,
    /// How often Juju asks for a new revision; `None` is never.
    pub rotate: Option<Rotation>,
}

impl NewSecret {
    /// A secret of this owner, without label, description, expiry and rotation.
    #[must_use]
    pub fn new(owner: SecretOwner) -> Self {
        Self { owner, label: None, description: None, expire: None, rotate: None }
    }

    /// The same with this label.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }
}

/// Makes a secret (Juju: `secret-add`). Juju keeps it until the hook has succeeded.
///
/// # Errors
/// See [`CommandError`]. `NotLeader` for an application's on a unit that does not lead; `Usage` for a
/// key that Juju does not accept, before anything is sent.
pub fn secret_add(
    juju: &Juju,
    secret: &NewSecret,
    content: &BTreeMap<String, Secret>,
) -> Result<SecretId, CommandError> {
    let NewSecret { owner, label, description, expire, rotate } = secret;
    let call = described(Invocation::new("secret-add"), label, description, expire, rotate);
    let call = call.args(["--owner", owner.as_str()]);
    let call = with_content(juju, call, content)?;
    let stdout = juju.run(&call)?;
    let text = String::from_utf8_lossy(&stdout);
    SecretId::parse(text.trim()).map_err(|why| juju.garbage(&call, why.to_string()))
}

/// What changes about a secret; `None` stays as it is. Juju has no way to take a label, a description
/// or an expiry away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecretUpdate {
    /// A label to find it by, unique to the charm.
    pub label: Option<String>,
    /// A description for people.
    pub description: Option<String>,
    /// When it expires: RFC 3339, or a duration such as `24h`.
    pub expire: Option<String>,
    /// How often Juju asks for a new revision.
    pub rotate: Option<Rotation>,
}

/// Changes a secret; content makes a new revision (Juju: `secret-set`). Juju keeps the change until
/// the hook has succeeded, and only then notices a secret that is unknown or not ours.
///
/// Before 3.6, Juju keeps only the last change of a hook, and content that did not change makes a
/// revision too.
///
/// # Errors
/// See [`CommandError`], and [`secret_add`].
pub fn secret_set(
    juju: &Juju,
    id: &SecretId,
    update: &SecretUpdate,
    content: Option<&BTreeMap<String, Secret>>,
) -> Result<(), CommandError> {
    let SecretUpdate { label, description, expire, rotate } = update;
    let call = described(Invocation::new("secret-set"), label, description, expire, rotate);
    let call = call.arg(id.to_string());
    let call = match content {
        Some(content) => with_content(juju, call, content)?,
        None => call,
    };
    juju.run(&call).map(drop)
}

/// Lets the other side of a relation read a secret, or one unit of it (Juju: `secret-grant`). Granting
/// twice is granting once. Juju keeps the change until the hook has succeeded.
///
/// # Errors
/// See [`CommandError`]. `NotFound`: no such secret of ours, or no such relation.
pub fn secret_grant(
    juju: &Juju,
    id: &SecretId,
    endpoint: &EndpointName,
    relation: RelationId,
    unit: Option<&UnitName>,
) -> Result<(), CommandError> {
    juju.run(&granting("secret-grant", id, endpoint, relation, unit)).map(drop)
}

/// Takes a grant back (Juju: `secret-revoke`). Juju keeps the change until the hook has succeeded.
///
/// # Errors
/// See [`CommandError`], and [`secret_grant`].
pub fn secret_revoke(
    juju: &Juju,
    id: &SecretId,
    endpoint: &EndpointName,
    relation: RelationId,
    unit: Option<&UnitName>,
) -> Result<(), CommandError> {
    juju.run(&granting("secret-revoke", id, endpoint, relation, unit)).map(drop)
}

/// Removes one revision of a secret, or the secret with all of them (Juju: `secret-remove`).
///
/// # Errors
/// See [`CommandError`].
pub fn secret_remove(
    juju: &Juju,
    id: &SecretId,
    revision: Option<u64>,
) -> Result<(), CommandError> {
    let call = Invocation::new("secret-remove").arg(id.to_string());
    let call = match revision {
        Some(revision) => call.arg("--revision").arg(revision.to_string()),
        None => call,
    };
    juju.run(&call).map(drop)
}

/// The secrets that this charm owns, in no order (Juju: `secret-ids`).
///
/// # Errors
/// See [`CommandError`].
pub fn secret_ids(juju: &Juju) -> Result<Vec<SecretId>, CommandError> {
    let call = Invocation::new("secret-ids").arg("--format=json");
    // Without secrets it prints `null`.
    Ok(juju.json::<Option<_>>(&call)?.unwrap_or_default())
}

/// Who owns a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretOwner {
    /// The application: its leader writes, its units read.
    Application,
    /// This unit alone.
    Unit,
}

impl SecretOwner {
    /// The word as Juju has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Unit => "unit",
        }
    }
}

impl<'de> Deserialize<'de> for SecretOwner {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Early agents print a tag, such as `application-web`.
        match &*Cow::<'_, str>::deserialize(deserializer)? {
            text if text.starts_with("application") => Ok(Self::Application),
            text if text.starts_with("unit") => Ok(Self::Unit),
            _ => Err(D::Error::custom("neither application nor unit")),
        }
    }
}

/// How often Juju asks for a new revision of a secret.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rotation {
    /// Never.
    #[default]
    Never,
    /// Every hour.
    Hourly,
    /// Every day.
    Daily,
    /// Every week.
    Weekly,
    /// Every month.
    Monthly,
    /// Every three months.
    Quarterly,
    /// Every year.
    Yearly,
}

const ROTATIONS: [(Rotation, &str); 7] = [
    (Rotation::Never, "never"),
    (Rotation::Hourly, "hourly"),
    (Rotation::Daily, "daily"),
    (Rotation::Weekly, "weekly"),
    (Rotation::Monthly, "monthly"),
    (Rotation::Quarterly, "quarterly"),
    (Rotation::Yearly, "yearly"),
];

impl Rotation {
    /// The word as Juju has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        ROTATIONS.iter().find(|(rotation, _)| *rotation == self).map_or("never", |(_, word)| word)
    }
}

impl fmt::Display for Rotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Rotation {
    type Err = RotationError;
    fn from_str(text: &str) -> Result<Self, RotationError> {
        let found = ROTATIONS.iter().find(|(_, word)| *word == text);
        found.map(|(rotation, _)| *rotation).ok_or_else(|| RotationError(text.to_owned()))
    }
}

impl Serialize for Rotation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Rotation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match &*Cow::<'_, str>::deserialize(deserializer)? {
            "" => Ok(Self::Never),
            word => word.parse().map_err(D::Error::custom),
        }
    }
}

/// A text that is not a rotation policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a rotation: expected never, hourly, daily, weekly, monthly, quarterly or yearly"
)]
pub struct RotationError(String);

fn named(call: Invocation, secret: SecretRef<'_>) -> Invocation {
    match secret {
        SecretRef::Id(id) => call.arg(id.to_string()),
        SecretRef::Label(label) => call.arg("--label").arg(label.to_owned()),
    }
}

fn described(
    call: Invocation,
    label: &Option<String>,
    description: &Option<String>,
    expire: &Option<String>,
    rotate: &Option<Rotation>,
) -> Invocation {
    let flags = [
        ("--label", label.as_deref()),
        ("--description", description.as_deref()),
        ("--expire", expire.as_deref()),
        ("--rotate", rotate.map(Rotation::as_str)),
    ];
    flags.into_iter().fold(call, |call, (flag, value)| match value {
        Some(value) => call.arg(flag).arg(value.to_owned()),
        None => call,
    })
}

fn with_content(
    juju: &Juju,
    call: Invocation,
    content: &BTreeMap<String, Secret>,
) -> Result<Invocation, CommandError> {
    if let Some(key) = content.keys().find(|key| !is_key(key)) {
        let why = format!(
            "{key:?} is not a valid key: it needs three characters or more, lower-case letters, \
             digits and single inner hyphens, starting with a letter"
        );
        return Err(juju.misuse(&call, CommandErrorKind::Usage, why));
    }
    Ok(content
        .iter()
        .fold(call, |call, (key, value)| call.file(format!("{key}#file="), value.clone())))
}

/// Juju: `^([a-z](?:-?[a-z0-9]){2,})$`.
fn is_key(key: &str) -> bool {
    let letters = key.bytes().filter(|b| *b != b'-').count();
    letters >= 3
        && key.starts_with(|c: char| c.is_ascii_lowercase())
        && !key.ends_with('-')
        && !key.contains("--")
        && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn granting(
    program: &'static str,
    id: &SecretId,
    endpoint: &EndpointName,
    relation: RelationId,
    unit: Option<&UnitName>,
) -> Invocation {
    let call = on_relation(Invocation::new(program), endpoint, relation);
    let call = match unit {
        Some(unit) => call.arg("--unit").arg(unit.to_string()),
        None => call,
    };
    call.arg(id.to_string())
}
