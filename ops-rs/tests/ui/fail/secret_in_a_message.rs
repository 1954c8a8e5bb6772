use ops::prelude::*;

fn main() {
    let token = Secret::new("hunter2".to_owned(), "secret:1/token@1");
    println!("{token}");
}
