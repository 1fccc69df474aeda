//! The registry takes images and lists their tags, also after it was away.

use anyhow::Result;
use stagecoach_testbed::{Needs, Testbed};

#[tokio::test]
async fn pushed_tags_are_listed_and_outlive_a_restart() -> Result<()> {
    let testbed = Testbed::start(&Needs::nothing().with_registry()).await?;
    let registry = testbed.registry()?;
    assert!(registry.tags("demo/app").await?.is_empty());
    let first = registry.push_image("demo/app", "0.1.0").await?;
    let second = registry.push_image("demo/app", "0.2.0").await?;
    assert_ne!(first, second, "every tag has its own image");
    assert_eq!(
        registry.push_image("demo/app", "0.1.0").await?,
        first,
        "the same push gives the same image"
    );
    assert_eq!(registry.tags("demo/app").await?, ["0.1.0", "0.2.0"]);

    registry.stop();
    registry.tags("demo/app").await.unwrap_err();
    registry.start_again().await?;
    assert_eq!(registry.tags("demo/app").await?, ["0.1.0", "0.2.0"]);
    Ok(())
}
