//! Change sets: (automation, context, files) to file changes. Pure.
