//! `vendor.helm`: a chart's archive, unpacked below a folder of the repository. It stands there as `helm pull --untar` leaves it.
//!
//! Files of the folder that the chart does not have stay.

use super::Report;
use crate::automation::VendorHelm;
use crate::elsewhere::{Chart, Elsewhere};
use crate::error::Error;
use crate::files::WorkingCopy;
use crate::needs::Needs;
use crate::path::confine;
use crate::prepared::Prepared;

const FIELD: &str = "spec.vendor.helm";

/// All of the chart, and what stands where it goes.
pub(crate) fn needs(prepared: &Prepared<'_>, helm: &VendorHelm, needs: &mut Needs) -> Result<(), Error> {
    let (chart, destination) = rendered(prepared, helm)?;
    match destination.as_str() {
        "" => needs.folder(&chart.name),
        folder => needs.folder(&format!("{folder}/{}", chart.name)),
    }
    needs.elsewhere.entry(Elsewhere::Chart(chart)).or_default().folder("");
    Ok(())
}

/// Unpacks the chart.
pub(crate) fn apply(
    prepared: &Prepared<'_>,
    helm: &VendorHelm,
    files: &mut WorkingCopy<'_>,
    report: &mut Report,
) -> Result<(), Error> {
    let (chart, destination) = rendered(prepared, helm)?;
    let archive = files.elsewhere(FIELD, &Elsewhere::Chart(chart))?;
    for path in archive.paths(FIELD)? {
        let content = archive.read(FIELD, &path)?;
        let target = match destination.as_str() {
            "" => path.clone(),
            folder => confine(&field(".destination"), &format!("{folder}/{path}"))?,
        };
        report.put(files, FIELD, target, &content, archive.mode(&path));
    }
    report.found();
    Ok(())
}

fn field(part: &str) -> String {
    format!("{FIELD}{part}")
}

/// The chart and the folder that it goes to; an empty one is the root. The address is no template.
fn rendered(prepared: &Prepared<'_>, helm: &VendorHelm) -> Result<(Chart, String), Error> {
    let text = |part: &str, source: &str| {
        let text = prepared.render(&field(part), source)?.trim().to_owned();
        if text.is_empty() {
            return Err(Error::Incomplete {
                field: field(part),
                message: format!("write the chart's {}", &part[1..]),
            });
        }
        Ok(text)
    };
    let chart = Chart {
        url: helm.url.clone(),
        name: match text(".chart", &helm.chart)? {
            // It is a part of an address and the name of a folder.
            name if confine(&field(".chart"), &name)?.contains('/') => {
                return Err(Error::Path {
                    field: field(".chart"),
                    path: name,
                    message: "is no name of a chart: write the folders before it into url".to_owned(),
                });
            }
            name => name,
        },
        version: text(".version", &helm.version)?,
    };
    let destination = match prepared.render(&field(".destination"), &helm.destination)?.as_str() {
        "." | "./" => String::new(),
        path => confine(&field(".destination"), path)?,
    };
    Ok((chart, destination))
}
