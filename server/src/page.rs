//! The start page at `/`: what this is, the links, and the processes. Chinese first, English second.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use xueji_definition::Text;

use crate::api::App;

const STYLE: &str = "body{font:16px/1.6 system-ui,'Noto Sans SC',sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;\
color:#1a1a1a;background:#fff}h1{font-size:1.6rem}h2{font-size:1.1rem;margin-top:2rem}li{margin:.3rem 0}\
.en{color:#595959}code{background:#f2f2f2;padding:.1em .3em}a{color:#0b57d0}";

/// Returns the start page.
pub async fn start(State(app): State<Arc<App>>) -> Response {
    let live = app.engine.live();
    let definitions = &live.release.definitions;
    let mut response = Html(render(
        &definitions.organisation.title,
        definitions.processes.values().map(|process| (process.id.as_str(), &process.title)),
    ))
    .into_response();
    let policy = "default-src 'none'; style-src 'unsafe-inline'";
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

fn render<'a>(house: &Text, processes: impl Iterator<Item = (&'a str, &'a Text)>) -> String {
    let mut list = String::new();
    for (id, title) in processes {
        let (zh, en) = (escape(&title.zh), escape(&title.en));
        let line = writeln!(
            list,
            "<li>{zh} <span class=\"en\" lang=\"en\">{en}</span> <code>{}</code></li>",
            escape(id)
        );
        debug_assert!(line.is_ok(), "writing to a string");
    }
    let (zh, en) = (escape(&house.zh), escape(&house.en));
    format!(
        "<!doctype html>\n<html lang=\"zh\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{zh} · 办事流程</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>{zh} · 办事流程</h1>\n\
         <p>这里按流程和规则办理事项：流程写在 YAML 里，规则写在 Rhai 里，改动后不必重新编译。其他系统通过 HTTP 接口发起、跟踪和办理事项。</p>\n\
         <p class=\"en\" lang=\"en\">{en}: cases go by processes written in YAML and rules written in Rhai. Other systems \
         start, follow and complete them over HTTP.</p>\n\
         <h2>接口 <span class=\"en\" lang=\"en\">The API</span></h2>\n<ul>\n\
         <li><a href=\"/api/v1/reference\">接口说明（可试用） <span class=\"en\" lang=\"en\">interactive reference</span></a></li>\n\
         <li><a href=\"/api/v1/openapi.json\">OpenAPI 3.1 <span class=\"en\" lang=\"en\">the document</span></a></li>\n\
         <li><a href=\"/readyz\">运行状态 <span class=\"en\" lang=\"en\">readiness</span></a>、\
         <a href=\"/metrics\">指标 <span class=\"en\" lang=\"en\">metrics</span></a></li>\n</ul>\n\
         <p>每次请求都要带令牌：<code>Authorization: Bearer …</code>，由管理员用 <code>xueji token create</code> 发放。</p>\n\
         <h2>流程 <span class=\"en\" lang=\"en\">Processes</span></h2>\n<ol>\n{list}</ol>\n</body>\n</html>\n"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_house_and_processes_in_both_languages_and_escapes_them() {
        let (house, title) = (Text::new("馆<b>", "House"), Text::new("预约", "Booking"));
        let page = render(&house, [("booking", &title)].into_iter());
        assert!(page.contains("<h1>馆&lt;b&gt; · 办事流程</h1>"));
        assert!(page.contains(
            "<li>预约 <span class=\"en\" lang=\"en\">Booking</span> <code>booking</code></li>"
        ));
    }
}
