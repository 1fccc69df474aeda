//! The test house: real components, built once, started on loopback, ended with the process that started them.
