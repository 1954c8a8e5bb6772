//! The actions as an enum, with a struct for the parameters of each.

use super::{docs, identifier, module};
use ops_metadata::{
    Charm,
    charm::{Action, Parameter, ParameterType},
    rust_name,
};
use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value as Json;

/// The enum `Action`, and the module `actions` with the parameters.
pub(super) fn actions(charm: &Charm) -> TokenStream {
    if charm.actions.is_empty() {
        return quote! { pub use ::ops::metadata::NoActions as Action; };
    }
    let names = charm.actions.keys();
    let variants = charm.actions.iter().map(|(name, action)| {
        let docs = docs(&format!("`{name}`"), action.description.as_deref());
        let variant = identifier(rust_name::variant(name));
        let content = takes_any(action).then(|| quote! { (actions::#variant) });
        quote! { #docs #variant #content }
    });
    let arms = charm.actions.iter().map(|(name, action)| {
        let variant = identifier(rust_name::variant(name));
        if takes_any(action) {
            quote! { #name => parameters.read_all(actions::#variant::read).map(Self::#variant) }
        } else {
            quote! { #name => ::core::result::Result::Ok(Self::#variant) }
        }
    });
    let structs = charm.actions.iter().filter(|(_, action)| takes_any(action));
    let structs = structs.map(|(name, action)| parameters(name, action)).collect();
    let structs = module("actions", "The parameters of the actions.", structs);
    quote! {
        #[doc = " The actions."]
        #[derive(Debug, Clone, PartialEq)]
        pub enum Action {
            #(#variants,)*
        }

        impl ::ops::metadata::ActionSet for Action {
            const NAMES: &'static [&'static ::core::primitive::str] = &[#(#names),*];

            fn parse(
                name: &::core::primitive::str,
                parameters: ::ops::metadata::Options<'_>,
            ) -> ::core::result::Result<Self, ::ops::Fault> {
                let _ = &parameters;
                match name {
                    #(#arms,)*
                    _ => ::core::result::Result::Err(::ops::Fault::bug(
                        ::std::format!("the charm has no action {name}"),
                    )),
                }
            }
        }

        #structs
    }
}

fn takes_any(action: &Action) -> bool {
    !action.params.is_empty() || action.additional == Some(true)
}

/// The struct, and a module of the same name for the enums in it.
fn parameters(name: &str, action: &Action) -> TokenStream {
    let title = format!("The parameters of `{name}`.");
    let doc = docs(&title, action.description.as_deref());
    let kind = identifier(rust_name::variant(name));
    let module_name = module_name(name);
    let inner = identifier(Some(module_name.clone()));
    let mut fields = Vec::new();
    let mut reads = Vec::new();
    for (parameter, declared) in &action.params {
        let field = identifier(rust_name::field(parameter));
        let choice = || {
            let variant = identifier(rust_name::variant(parameter));
            quote! { #inner::#variant }
        };
        let mut ty = rust_type(&declared.kind, &choice);
        reads.push(if let Some(value) = &declared.default {
            let value = expression(&declared.kind, value, &choice);
            quote! { #field: options.value(#parameter).unwrap_or_else(|| #value) }
        } else if action.required.contains(parameter) {
            quote! { #field: options.required(#parameter) }
        } else {
            ty = quote! { ::core::option::Option<#ty> };
            quote! { #field: options.value(#parameter) }
        });
        let docs = docs(&format!("`{parameter}`"), declared.description.as_deref());
        fields.push(quote! { #docs pub #field: #ty });
    }
    if action.additional == Some(true) {
        let field = identifier(Some(rust_name::ADDITIONAL.to_owned()));
        let names = action.params.keys();
        let (string, value) = (quote! { ::std::string::String }, value_type());
        let doc = " Parameters that are not declared, by name.";
        fields.push(quote! {
            #[doc = #doc] pub #field: ::std::collections::BTreeMap<#string, #value>
        });
        reads.push(quote! { #field: options.others(&[#(#names),*]) });
    }
    let choices = action.params.iter().map(|(name, declared)| choice(name, declared)).collect();
    let choices = module(&module_name, "What parameters can be.", choices);
    quote! {
        #doc
        #[derive(Debug, Clone, PartialEq)]
        pub struct #kind {
            #(#fields,)*
        }

        impl #kind {
            pub(super) fn read(options: &mut ::ops::metadata::Options<'_>) -> Self {
                Self { #(#reads,)* }
            }
        }

        #choices
    }
}

/// The module beside the struct: a name that begins with a digit would be the same for both.
fn module_name(action: &str) -> String {
    let name = rust_name::field(action).unwrap_or_default();
    if rust_name::variant(action).as_ref() == Some(&name) { format!("{name}_") } else { name }
}

/// A parameter with an `enum` of texts.
fn choice(name: &str, parameter: &Parameter) -> TokenStream {
    let ParameterType::Choice(texts) = &parameter.kind else { return TokenStream::new() };
    let doc = docs(&format!("What `{name}` can be."), parameter.description.as_deref());
    let kind = identifier(rust_name::variant(name));
    let variants: Vec<_> = texts.iter().map(|text| identifier(rust_name::variant(text))).collect();
    let docs = texts.iter().map(|text| format!(" `{text}`"));
    let expected = format!("one of {}", texts.join(", "));
    let first = variants.first();
    let (string, value) = (quote! { ::std::string::String }, value_type());
    let str = quote! { ::core::primitive::str };
    quote! {
        #doc
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum #kind {
            #(#[doc = #docs] #variants,)*
        }

        impl #kind {
            #[doc = " As the metadata spells it."]
            #[must_use]
            pub fn as_str(self) -> &'static #str {
                match self { #(Self::#variants => #texts,)* }
            }
        }

        impl ::ops::metadata::FromValue for #kind {
            fn expected() -> #string {
                ::std::borrow::ToOwned::to_owned(#expected)
            }

            fn from_value(value: &#value) -> ::core::option::Option<Self> {
                match value.as_str()? {
                    #(#texts => ::core::option::Option::Some(Self::#variants),)*
                    _ => ::core::option::Option::None,
                }
            }

            fn placeholder() -> Self {
                Self::#first
            }
        }
    }
}

fn value_type() -> TokenStream {
    quote! { ::ops::__private::serde_json::Value }
}

fn rust_type(kind: &ParameterType, choice: &dyn Fn() -> TokenStream) -> TokenStream {
    match kind {
        ParameterType::String => quote! { ::std::string::String },
        ParameterType::Choice(_) => choice(),
        ParameterType::Integer => quote! { ::core::primitive::i64 },
        ParameterType::Number => quote! { ::core::primitive::f64 },
        ParameterType::Boolean => quote! { ::core::primitive::bool },
        ParameterType::Object => {
            let value = value_type();
            quote! { ::ops::__private::serde_json::Map<::std::string::String, #value> }
        }
        ParameterType::Array(items) => {
            let items = rust_type(items, choice);
            quote! { ::std::vec::Vec<#items> }
        }
        ParameterType::Any => value_type(),
    }
}

/// The default as an expression of the parameter's type, which it fits.
fn expression(kind: &ParameterType, value: &Json, choice: &dyn Fn() -> TokenStream) -> TokenStream {
    match (kind, value) {
        (ParameterType::String, Json::String(text)) => {
            quote! { ::std::borrow::ToOwned::to_owned(#text) }
        }
        (ParameterType::Choice(_), Json::String(text)) => {
            let (kind, variant) = (choice(), identifier(rust_name::variant(text)));
            quote! { #kind::#variant }
        }
        (ParameterType::Integer, Json::Number(number)) => {
            let number = number.as_i64().unwrap_or_default();
            quote! { #number }
        }
        (ParameterType::Number, Json::Number(number)) => {
            let number = number.as_f64().unwrap_or_default();
            quote! { #number }
        }
        (ParameterType::Boolean, Json::Bool(value)) => quote! { #value },
        (ParameterType::Object, Json::Object(entries)) => {
            let entries = entries.iter().map(|(key, value)| {
                let value = expression(&ParameterType::Any, value, choice);
                quote! { (::std::borrow::ToOwned::to_owned(#key), #value) }
            });
            quote! { ::core::iter::FromIterator::from_iter([#(#entries),*]) }
        }
        (ParameterType::Array(kind), Json::Array(items)) => {
            let items = items.iter().map(|item| expression(kind, item, choice));
            quote! { ::std::vec![#(#items),*] }
        }
        (_, value) => any(value, choice),
    }
}

fn any(value: &Json, choice: &dyn Fn() -> TokenStream) -> TokenStream {
    let ty = value_type();
    match value {
        Json::Null => quote! { #ty::Null },
        Json::Bool(value) => quote! { #ty::from(#value) },
        Json::Number(number) => match (number.as_i64(), number.as_f64().unwrap_or_default()) {
            (Some(number), _) => quote! { #ty::from(#number) },
            (None, number) => quote! { #ty::from(#number) },
        },
        Json::String(text) => quote! { #ty::from(#text) },
        Json::Array(items) => {
            let items = items.iter().map(|item| any(item, choice));
            quote! { #ty::Array(::std::vec![#(#items),*]) }
        }
        Json::Object(_) => {
            let map = expression(&ParameterType::Object, value, choice);
            quote! { #ty::Object(#map) }
        }
    }
}
