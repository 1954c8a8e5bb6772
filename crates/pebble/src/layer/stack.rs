//! The layers of a daemon, in order: where one that is added goes, and what all of them come to.

use super::{Layer, Plan, PlanError};

/// The layers of a daemon with their labels, lowest first: what `POST /v1/layers` adds to.
///
/// ```
/// use ops_pebble::layer::{Layer, Service, Stack};
///
/// let mut stack = Stack::new();
/// let base = Layer::new().service("web", Service::new("web --port 8080"));
/// stack.add("base", &base, false, false)?;
/// let plan = stack.add("base", &base, true, false)?;
/// assert_eq!(plan.services["web"].command, "web --port 8080");
/// # Ok::<(), ops_pebble::layer::PlanError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stack(Vec<(String, Layer)>);

impl Stack {
    /// A stack without layers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a layer as the daemon does and gives the plan that all come to.
    ///
    /// With `combine`, a layer of a label that is there is folded into that one, in its place; any other
    /// goes to the end of its group, which is the part of the label before a slash, or to the end of all.
    /// If layers follow its group, that takes `inner`.
    ///
    /// # Errors
    /// What Pebble refuses, in its words. The stack is as before.
    pub fn add(
        &mut self,
        label: &str,
        layer: &Layer,
        combine: bool,
        inner: bool,
    ) -> Result<Plan, PlanError> {
        layer.validate(label).map_err(|error| malformed(&error))?;
        let mut layers = self.0.clone();
        match layers.iter_mut().find(|(known, _)| known == label) {
            Some(_) if !combine => {
                return Err(PlanError::new(format!("layer {label:?} already exists")));
            }
            Some((_, there)) => there.combine(label, layer)?,
            None if !inner && self.needs_inner(label) => {
                let text = "cannot insert sub-directory layer without 'inner' attribute set";
                return Err(PlanError::new(text));
            }
            None => layers.insert(self.place_of(label), (label.to_owned(), layer.clone())),
        }
        self.replace_with(layers)
    }

    /// Adds a layer of a new label at the end of all, as daemons do that do not know groups.
    ///
    /// # Errors
    /// What Pebble refuses, in its words. The stack is as before.
    pub fn append(&mut self, label: &str, layer: &Layer) -> Result<Plan, PlanError> {
        layer.validate(label).map_err(|error| malformed(&error))?;
        let mut layers = self.0.clone();
        layers.push((label.to_owned(), layer.clone()));
        self.replace_with(layers)
    }

    fn replace_with(&mut self, layers: Vec<(String, Layer)>) -> Result<Plan, PlanError> {
        let plan = Plan::combine(layers.iter().map(|(label, layer)| (label.as_str(), layer)))?;
        plan.validate()?;
        self.0 = layers;
        Ok(plan)
    }

    /// Whether a layer of this label is new and would go between others.
    #[must_use]
    pub fn needs_inner(&self, label: &str) -> bool {
        !self.0.iter().any(|(known, _)| known == label) && self.place_of(label) != self.0.len()
    }

    /// The layers with their labels, lowest first.
    #[must_use]
    pub fn into_layers(self) -> Vec<(String, Layer)> {
        self.0
    }

    /// Behind the last of its group. A label without a slash is the group of its own name.
    fn place_of(&self, label: &str) -> usize {
        let last = self.0.iter().rposition(|(known, _)| group(known) == group(label));
        last.map_or(self.0.len(), |last| last + 1)
    }
}

impl From<Vec<(String, Layer)>> for Stack {
    fn from(layers: Vec<(String, Layer)>) -> Self {
        Self(layers)
    }
}

fn malformed(error: &PlanError) -> PlanError {
    PlanError::new(format!("cannot parse layer YAML: {error}"))
}

fn group(label: &str) -> &str {
    label.split_once('/').map_or(label, |(group, _)| group)
}
