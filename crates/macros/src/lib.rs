//! `ops::charm_metadata!`: a charm's YAML as Rust types.
//!
//! A thin shell: `ops_metadata` reads and checks the files, the module `generate` writes what the model
//! says. Charms use it as `ops::charm_metadata!`, where it is documented. It must not know YAML.

mod generate;

use ops_metadata::{Charm, Problem, Rules, SourceFile};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use std::{env, fs, path::PathBuf};
use syn::{
    Attribute, Ident, LitStr, Token, Visibility,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
};

/// Makes a module of what a charm's YAML declares: see `ops::charm_metadata!`.
#[proc_macro]
pub fn charm_metadata(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    match syn::parse::<Input>(input) {
        Ok(input) => expand(&input).into(),
        Err(error) => error.into_compile_error().into(),
    }
}

/// `pub mod meta, "../metadata.yaml", "../charmcraft.yaml"`
struct Input {
    attributes: Vec<Attribute>,
    visibility: Visibility,
    module: Ident,
    files: Vec<LitStr>,
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        input.parse::<Token![mod]>()?;
        let module = input.parse()?;
        input.parse::<Token![,]>()?;
        let files = Punctuated::<LitStr, Token![,]>::parse_terminated(input)?;
        if files.is_empty() {
            return Err(input.error("name the charm's files, such as \"../charmcraft.yaml\""));
        }
        Ok(Self { attributes, visibility, module, files: files.into_iter().collect() })
    }
}

/// A file that was named, and what came of it.
struct Read {
    span: Span,
    name: String,
    path: PathBuf,
    content: Result<Vec<u8>, String>,
}

impl Read {
    fn of(file: &LitStr) -> Self {
        let given = file.value();
        let folder = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
        let path = folder.join(&given);
        let content = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()));
        let name = given.rsplit('/').next().unwrap_or_default().to_owned();
        Self { span: file.span(), name, path, content }
    }
}

fn expand(input: &Input) -> TokenStream {
    let files: Vec<Read> = input.files.iter().map(Read::of).collect();
    let missing: TokenStream = files
        .iter()
        .filter_map(|file| {
            let why = file.content.as_ref().err()?;
            Some(complaint(&Problem::unreadable(&file.name, why), &files))
        })
        .collect();
    if !missing.is_empty() {
        return missing;
    }
    let sources: Vec<_> = files
        .iter()
        .filter_map(|file| Some(SourceFile::new(&file.name, file.content.as_ref().ok()?)))
        .collect();
    match Charm::read(&sources, Rules::Author) {
        Ok(charm) => {
            let Input { attributes, visibility, module, .. } = input;
            let paths: Vec<_> = files.iter().map(|file| file.path.to_string_lossy()).collect();
            let names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
            let both: Vec<_> =
                names.iter().zip(&paths).map(|(name, path)| (*name, path.as_ref())).collect();
            let content = generate::content(&charm, &both);
            let doc = format!("What {} declare{}.", names.join(" and "), plural(names.len()));
            quote! {
                #(#attributes)*
                #[doc = #doc]
                #[allow(dead_code, missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
                #[allow(rustdoc::all)]
                #visibility mod #module {
                    #content
                }
            }
        }
        Err(problems) => problems.iter().map(|problem| complaint(problem, &files)).collect(),
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "s" } else { "" }
}

/// An error at the path of the file, in which the position within the file comes first.
fn complaint(problem: &Problem, files: &[Read]) -> TokenStream {
    let file = files.iter().find(|file| file.name == problem.file());
    let span = file.map_or_else(Span::call_site, |file| file.span);
    let text = problem.to_string();
    quote_spanned! { span => ::core::compile_error!(#text); }
}
