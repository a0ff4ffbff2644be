//! What the runtime promises, on small processes and on generated ones.

#[cfg(test)]
mod booking;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod faults_of_rows;
#[cfg(test)]
mod moves;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod world;
