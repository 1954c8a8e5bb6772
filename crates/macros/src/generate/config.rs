//! The options as a struct.

use super::{docs, identifier};
use ops_metadata::{
    Charm,
    charm::{ConfigOption, OptionType, Scalar},
    rust_name,
};
use proc_macro2::TokenStream;
use quote::quote;

/// The struct `Config`, and how it is read.
pub(super) fn config(charm: &Charm) -> TokenStream {
    if charm.options.is_empty() {
        return quote! { pub use ::ops::metadata::NoOptions as Config; };
    }
    let fields = charm.options.iter().map(|(name, option)| field(name, option));
    let reads = charm.options.iter().map(|(name, option)| read(name, option));
    quote! {
        #[doc = " The options of the configuration."]
        #[derive(Debug, Clone, PartialEq, ::ops::__private::serde::Serialize)]
        #[serde(crate = "::ops::__private::serde")]
        pub struct Config {
            #(#fields,)*
        }

        impl ::ops::metadata::Configuration for Config {
            fn read(options: &mut ::ops::metadata::Options<'_>) -> Self {
                Self { #(#reads,)* }
            }
        }
    }
}

/// The option as `Metadata::OPTIONS` has it.
pub(super) fn spec(name: &str, option: &ConfigOption) -> TokenStream {
    let default = match &option.default {
        None => quote! { ::core::option::Option::None },
        Some(value) => {
            let value = scalar(value);
            quote! { ::core::option::Option::Some(#value) }
        }
    };
    let kind = match option.kind {
        OptionType::String => quote! { String(#default) },
        OptionType::Int => quote! { Int(#default) },
        OptionType::Float => quote! { Float(#default) },
        OptionType::Boolean => quote! { Boolean(#default) },
        OptionType::Secret => quote! { Secret },
    };
    let kind = quote! { ::ops::metadata::OptionKind::#kind };
    quote! { ::ops::metadata::OptionSpec { name: #name, kind: #kind } }
}

/// A constant for the name of each option, of the type of its value.
pub(super) fn names(charm: &Charm) -> TokenStream {
    let constants = charm.options.iter().map(|(name, option)| {
        let kind = match option.kind {
            OptionType::Secret => quote! { ::ops::names::SecretId },
            kind => rust_type(kind),
        };
        let docs = docs(&format!("`{name}`"), option.description.as_deref());
        let constant = identifier(rust_name::constant(name));
        let of = quote! { ::ops::metadata::OptionName };
        quote! { #docs pub const #constant: #of<#kind> = #of::new(#name); }
    });
    constants.collect()
}

/// The type of the option's field, if it has a default.
fn rust_type(kind: OptionType) -> TokenStream {
    match kind {
        OptionType::String => quote! { ::std::string::String },
        OptionType::Int => quote! { ::core::primitive::i64 },
        OptionType::Float => quote! { ::core::primitive::f64 },
        OptionType::Boolean => quote! { ::core::primitive::bool },
        OptionType::Secret => quote! { ::ops::metadata::SecretOption },
    }
}

fn field(name: &str, option: &ConfigOption) -> TokenStream {
    let kind = rust_type(option.kind);
    let kind = match (&option.default, option.kind) {
        (None, OptionType::Secret) | (Some(_), _) => kind,
        (None, _) => quote! { ::core::option::Option<#kind> },
    };
    let docs = docs(&format!("`{name}`"), option.description.as_deref());
    let field = identifier(rust_name::field(name));
    quote! { #docs #[serde(rename = #name)] pub #field: #kind }
}

fn read(name: &str, option: &ConfigOption) -> TokenStream {
    let field = identifier(rust_name::field(name));
    let reader = identifier(Some(
        match option.kind {
            OptionType::String => "string",
            OptionType::Int => "integer",
            OptionType::Float => "float",
            OptionType::Boolean => "boolean",
            OptionType::Secret => return quote! { #field: options.secret(#name) },
        }
        .to_owned(),
    ));
    let value = quote! { options.#reader(#name) };
    match &option.default {
        None => quote! { #field: #value },
        Some(Scalar::Text(text)) => {
            let default = quote! { ::std::borrow::ToOwned::to_owned(#text) };
            quote! { #field: #value.unwrap_or_else(|| #default) }
        }
        Some(default) => {
            let default = scalar(default);
            quote! { #field: #value.unwrap_or(#default) }
        }
    }
}

fn scalar(value: &Scalar) -> TokenStream {
    match value {
        Scalar::Boolean(value) => quote! { #value },
        Scalar::Int(value) => quote! { #value },
        Scalar::Float(value) => quote! { #value },
        Scalar::Text(value) => quote! { #value },
    }
}
