//! What the model becomes in Rust. Which identifier a name becomes is `ops_metadata::rust_name`'s to say.

mod actions;
mod config;

use ops_metadata::{
    Charm, Digest,
    charm::{Endpoint, Role},
    rust_name,
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

/// Everything inside of the module. `files` are the name and the path of each file that it was read from.
pub(crate) fn content(charm: &Charm, files: &[(&str, &str)]) -> TokenStream {
    let parts = [
        meta(charm, files),
        config::config(charm),
        module("options", "The names of the options.", config::names(charm)),
        actions::actions(charm),
        module("endpoints", "The endpoints, one type each.", endpoints(charm)),
        module(
            "containers",
            "The workload containers.",
            charm.containers.keys().map(|name| constant(name, None, "ContainerName")).collect(),
        ),
        module(
            "storage",
            "The storages.",
            charm
                .storage
                .iter()
                .map(|(name, it)| constant(name, it.description.as_deref(), "StorageName"))
                .collect(),
        ),
        module(
            "resources",
            "The resources.",
            charm
                .resources
                .iter()
                .map(|(name, it)| text_constant(name, it.description.as_deref()))
                .collect(),
        ),
        module(
            "extra_bindings",
            "The extra bindings.",
            charm.extra_bindings.iter().map(|name| text_constant(name, None)).collect(),
        ),
    ];
    parts.into_iter().collect()
}

fn meta(charm: &Charm, files: &[(&str, &str)]) -> TokenStream {
    let name = &charm.name;
    let docs = docs(&format!("The metadata of the charm `{name}`."), Some(&charm.summary));
    let endpoints = charm.endpoints.iter().map(|(name, endpoint)| {
        let (role, interface) = (endpoint.role.section(), &endpoint.interface);
        quote! { ::ops::metadata::Endpoint { name: #name, role: #role, interface: #interface } }
    });
    let containers = charm.containers.keys();
    let storages = charm.storage.keys();
    let options = charm.options.iter().map(|(name, option)| config::spec(name, option));
    let digest = Digest::of(charm).to_string();
    let str = quote! { &'static ::core::primitive::str };
    // The compiler notes the files that it includes, and builds again when they change.
    let files = files.iter().map(|(name, path)| quote! { (#name, ::core::include_str!(#path)) });
    quote! {
        #docs
        #[derive(Debug, Clone, Copy)]
        pub struct Meta;

        impl ::ops::metadata::Metadata for Meta {
            type Config = Config;
            type Action = Action;
            const NAME: #str = #name;
            const ENDPOINTS: &'static [::ops::metadata::Endpoint] = &[#(#endpoints),*];
            const CONTAINERS: &'static [#str] = &[#(#containers),*];
            const OPTIONS: &'static [::ops::metadata::OptionSpec] = &[#(#options),*];
            const STORAGES: &'static [#str] = &[#(#storages),*];
            const DIGEST: #str = #digest;
            const FILES: &'static [(#str, #str)] = &[#(#files),*];
        }
    }
}

fn endpoints(charm: &Charm) -> TokenStream {
    charm.endpoints.iter().map(|(name, it)| endpoint(name, it)).collect()
}

fn endpoint(name: &str, endpoint: &Endpoint) -> TokenStream {
    let Endpoint { role, interface, description, .. } = endpoint;
    let title = format!("`{name}`: {} `{interface}`.", role.section());
    let docs = docs(&title, description.as_deref());
    let kind = identifier(rust_name::variant(name));
    let role = identifier(Some(
        match role {
            Role::Provides => "Provides",
            Role::Requires => "Requires",
            Role::Peers => "Peers",
        }
        .to_owned(),
    ));
    quote! {
        #docs
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct #kind;

        impl ::ops::interface::EndpointSpec for #kind {
            type Role = ::ops::interface::#role;
            const NAME: &'static ::core::primitive::str = #name;
            const INTERFACE: &'static ::core::primitive::str = #interface;
        }
    }
}

/// A constant of one of the name types of `ops::names`.
fn constant(name: &str, description: Option<&str>, kind: &str) -> TokenStream {
    let docs = docs(&format!("`{name}`"), description);
    let constant = identifier(rust_name::constant(name));
    let kind = identifier(Some(kind.to_owned()));
    quote! {
        #docs
        pub const #constant: ::ops::names::#kind = ::ops::names::#kind::from_static(#name);
    }
}

fn text_constant(name: &str, description: Option<&str>) -> TokenStream {
    let docs = docs(&format!("`{name}`"), description);
    let constant = identifier(rust_name::constant(name));
    quote! {
        #docs
        pub const #constant: &::core::primitive::str = #name;
    }
}

/// A module, unless there is nothing in it.
fn module(name: &str, doc: &str, items: TokenStream) -> TokenStream {
    if items.is_empty() {
        return items;
    }
    let name = identifier(Some(name.to_owned()));
    quote! {
        #[doc = #doc]
        pub mod #name {
            #items
        }
    }
}

/// A title, and a description from the YAML below it.
fn docs(title: &str, description: Option<&str>) -> TokenStream {
    let description = description.unwrap_or_default().trim();
    let mut lines = vec![format!(" {title}")];
    if !description.is_empty() {
        lines.push(String::new());
        // Indented or fenced lines would become code, and be compiled as examples.
        let plain = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            words.join(" ").replace("```", "\\`\\`\\`").replace("~~~", "\\~\\~\\~")
        };
        lines.extend(description.lines().map(|line| format!(" {}", plain(line))));
    }
    quote! { #(#[doc = #lines])* }
}

/// An identifier, also a raw one. A model that was read for authors has a Rust name for everything.
fn identifier(name: Option<String>) -> Ident {
    let name = name.unwrap_or_else(|| "_unnamed".to_owned());
    match name.strip_prefix("r#") {
        Some(raw) => Ident::new_raw(raw, Span::call_site()),
        None => Ident::new(&name, Span::call_site()),
    }
}
