//! The PipelineContext reconciler; works by pipeline.
