//! The engine on a store, as its callers see it: a house with halls, guests who book them, and a keeper.

mod booking;
mod crash;
mod house;
mod questions;
mod records;
mod releases;
mod replay;
mod rounds;
mod stories;
mod timers;
