//! Arguments: `--name value`, `--name=value`, flags and operands.

use std::collections::BTreeMap;

use crate::console::{Failure, Lang};

/// What no argument may contain: other users of a machine can read the arguments of every process.
const SECRETS: [&str; 4] = ["ticket=", "secret=", "access_token=", "token="];

/// The arguments of one command.
pub(crate) struct Args {
    values: BTreeMap<&'static str, String>,
    flags: Vec<&'static str>,
    operands: Vec<String>,
}

impl Args {
    /// Reads arguments; `values` and `flags` are the options that the command has besides `--lang`
    /// and `--json`.
    pub(crate) fn read(
        arguments: &[String],
        values: &[&'static str],
        flags: &[&'static str],
    ) -> Result<Self, Failure> {
        let mut args = Self { values: BTreeMap::new(), flags: Vec::new(), operands: Vec::new() };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let Some(option) = argument.strip_prefix("--").filter(|option| !option.is_empty()) else {
                args.operands.push(argument.clone());
                continue;
            };
            let (name, inline) =
                option.split_once('=').map_or((option, None), |(n, v)| (n, Some(v.to_owned())));
            if let Some(known) = [&["lang"], values].concat().into_iter().find(|known| *known == name) {
                let value = inline.or_else(|| rest.next().cloned()).ok_or_else(|| {
                    Failure::usage(&format!("--{name} needs a value"), &format!("--{name} 需要一个值"))
                })?;
                args.values.insert(known, value);
            } else if let Some(known) = [&["json"], flags].concat().into_iter().find(|known| *known == name) {
                args.flags.push(known);
            } else {
                return Err(Failure::usage(
                    &format!("there is no option --{name} here"),
                    &format!("这个命令没有选项 --{name}"),
                ));
            }
        }
        // The language is set already.
        if args.value("lang").is_some() && Lang::of_arguments(arguments).is_none() {
            return Err(Failure::usage("--lang is en or zh", "--lang 只能是 en 或 zh"));
        }
        Ok(args)
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.flags.contains(&name)
    }

    /// At most one operand.
    pub(crate) fn operand(&self) -> Result<Option<&str>, Failure> {
        match self.operands.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            _ => Err(Failure::usage(
                "there are too many arguments; put a URL into quotes, because of its '&'",
                "参数太多；网址里有 &，要用引号括起来",
            )),
        }
    }

    /// No operand.
    pub(crate) fn no_operand(&self) -> Result<(), Failure> {
        match self.operand()? {
            Some(_) => Err(Failure::usage("this command takes no operand", "这个命令不带参数")),
            None => Ok(()),
        }
    }

    /// Exactly one operand: a page's URL.
    pub(crate) fn url(&self) -> Result<&str, Failure> {
        self.operand()?.ok_or_else(|| Failure::usage("the page's URL is missing", "缺少页面网址"))
    }
}

/// Refuses arguments that hold a secret.
pub(crate) fn refuse_secrets(arguments: &[String]) -> Result<(), Failure> {
    for argument in arguments {
        let lower = argument.to_ascii_lowercase();
        if let Some(word) = SECRETS.iter().find(|word| lower.contains(**word)) {
            return Err(Failure::usage(
                &format!(
                    "an argument contains '{word}': pass secrets by standard input, a file or the environment"
                ),
                &format!("参数里有「{word}」：请通过标准输入、文件或环境变量传递敏感信息"),
            ));
        }
    }
    Ok(())
}
