//! The server as its callers find it: over HTTP, on an engine in memory, with the house of `fixtures/hall`.

#[cfg(test)]
mod acts;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod document;
#[cfg(test)]
mod hall;
#[cfg(test)]
mod lang;
#[cfg(test)]
mod mistaken;
#[cfg(test)]
mod papers;
#[cfg(test)]
mod problems;
#[cfg(test)]
mod releases;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod served;
#[cfg(test)]
mod sight;
#[cfg(test)]
mod trace;
#[cfg(test)]
mod validate;
#[cfg(test)]
mod watch;
#[cfg(test)]
mod webhooks;
