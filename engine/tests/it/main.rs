//! The engine on a store, as its callers see it: a house with halls, guests who book them, and a keeper.

#[cfg(test)]
mod ahead;
#[cfg(test)]
mod back;
#[cfg(test)]
mod booking;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod differences;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod house;
#[cfg(test)]
mod kept;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod plans_of_cohorts;
#[cfg(test)]
mod questions;
#[cfg(test)]
mod records;
#[cfg(test)]
mod releases;
#[cfg(test)]
mod replay;
#[cfg(test)]
mod rounds;
#[cfg(test)]
mod simulate;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod timers;
#[cfg(test)]
mod waiting;
