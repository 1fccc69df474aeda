//! The custom resources and their conversions into the inputs of core and change.
