//! The macro, with its documentation. It must not know more than where the macro comes from.

/// Makes a module of what a charm's YAML declares, so that a misspelt name does not build.
///
/// ```
/// ops::charm_metadata!(mod meta, "tests/fixtures/web/charmcraft.yaml");
///
/// use ops::{metadata::Metadata, interface::EndpointSpec};
///
/// assert_eq!(meta::Meta::NAME, "web");
/// assert_eq!(meta::endpoints::Database::INTERFACE, "postgresql_client");
/// assert_eq!(meta::containers::WEB.as_str(), "web");
///
/// fn greet(config: &meta::Config, action: &meta::Action) -> String {
///     match action {
///         meta::Action::Backup(backup) => format!("{}: {}", backup.r#where, backup.keep),
///         meta::Action::Version => config.log_level.clone(),
///     }
/// }
/// ```
///
/// First comes the module, with `pub` and attributes if you like, then the files: a `charmcraft.yaml` alone,
/// or with `metadata.yaml`, `config.yaml` and `actions.yaml`. Their paths start at the folder of the
/// `Cargo.toml` of the crate. Several are put together as charmcraft does it: no key may be in two.
/// When one of them changes, the crate is built again.
///
/// | in the module | is |
/// |---|---|
/// | `Meta` | the [`Metadata`](crate::Metadata), for `Charm::Meta` |
/// | `Config` | the options: `String`, `i64`, `f64` or `bool` with a default, an `Option` of it without, and [`SecretOption`](crate::metadata::SecretOption); [`NoOptions`](crate::metadata::NoOptions) if there are none |
/// | `options` | for tests, a constant for the name of each option, of the type of its value ([`OptionName`](crate::metadata::OptionName)) |
/// | `Action` | an enum of the actions; [`NoActions`](crate::metadata::NoActions) if there are none |
/// | `actions` | a struct with the parameters of each action that has some, and for one with an `enum` of texts an enum in a module of the action's name: `actions::backup::Mode` (`actions::_2fa_` for the action `2fa`) |
/// | `endpoints` | a type for each endpoint, with role and interface ([`EndpointSpec`](crate::interface::EndpointSpec)) |
/// | `containers`, `storage` | a constant for each ([`ContainerName`](crate::names::ContainerName), [`StorageName`](crate::names::StorageName)) |
/// | `resources`, `extra_bindings` | a constant for each, a `&str` |
///
/// A parameter without default is an `Option`, unless it is `required`. `object` is a map of JSON values,
/// `array` a `Vec` of what `items` says, and what has no type, or several, a JSON value. With
/// `additionalProperties: true` the field `additional` has the parameters that are not declared.
///
/// A name becomes what Rust calls such a thing: the option `log-level` the field `log_level`, the endpoint
/// `log-level` the type `LogLevel`, the container the constant `LOG_LEVEL`. A keyword becomes a raw
/// identifier (`r#type`); the four that cannot (`self`, `Self`, `super`, `crate`) get an underscore behind
/// them; a digit in front gets one before it. Two names that become the same are an error.
///
/// # Errors
/// Whatever Juju or charmcraft would refuse, and unknown keys, is an error of the compiler that begins with
/// the place, such as `metadata.yaml:12: `, and says how to mend it. All of them are reported at once.
pub use ops_macros::charm_metadata;
