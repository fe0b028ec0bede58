use super::{super::mask, drawn, hex, mixed};

/// Puts a value into a text at `@@`, and tells what becomes of the text.
#[track_caller]
fn check(kind: &str, cases: &[&str], value: &str) {
    for case in cases {
        let text = case.replace("@@", value);
        let expected = case.replace("@@", &format!("[masked: {kind}]"));
        assert_eq!(mask(&text), expected, "{case}");
    }
}

#[test]
fn passwords_are_masked_in_every_way_of_writing_them_down() {
    let cases = [
        "PASSWORD=@@",
        "export DB_PASSWORD=@@ && run",
        "export DB_PASSWORD=\"@@\"",
        "PGPASSWORD='@@' psql",
        "$env:DB_PASSWORD = \"@@\"",
        "password: @@",
        "password = '@@'",
        "password: str = \"@@\"",
        "let password: &str = \"@@\";",
        "\"password\": \"@@\",",
        "{\"text\":\"{\\\"password\\\": \\\"@@\\\"}\"}",
        "{\"text\":\"{\\\\\\\"password\\\\\\\": \\\\\\\"@@\\\\\\\"}\"}",
        "{\"command\":\"PASSWORD=@@\\nnext\"}",
        "'user_password' => '@@',",
        "dbPassword: `@@`",
        "config[\"password\"] = \"@@\"",
        "setPassword(\"@@\")",
        "setenv(\"DB_PASSWORD\", \"@@\", 1)",
        "--password @@ --host x",
        "--password=@@",
        "[\"--password\", \"@@\"]",
        "<password>@@</password>",
        "Server=db;User Id=sa;Password=@@;Encrypt=true",
        "Server=db;Uid=sa;Pwd=@@;",
        "- name: DB_PASSWORD\n  value: \"@@\"",
        "- name: DB_PASSWORD\\n  value: @@\\n",
        "{\"name\": \"DB_PASSWORD\", \"value\": \"@@\"}",
        "machine x login anna password @@",
        "https://x.dev/login?user=a&password=@@&next=b",
        "db.password=@@",
        "DB_PASS=@@",
        "sshpass -p @@ ssh host",
        "sshpass -p'@@' ssh host",
        "mysql -u root -p@@ db",
        "redis-cli -h x -a @@ ping",
        "docker login -u anna -p @@ r.dev",
        "curl -u anna:@@ https://x.dev",
        "curl -s \\\n  --user 'anna:@@' https://x.dev",
    ];
    check("password", &cases, &format!("hun{}!x", "ter22"));
    check("password", &cases[..4], "letmein");
    check("password", &["passphrase: \"@@\"", "mnemonic = '@@'"], "correct horse battery");
}

#[test]
fn passwords_with_signs_are_masked_whole() {
    for value in ["p@ss(w0rd)!", "a$b#c%9", "ab,cd9!", "q=9/x+y", "größe9ß"] {
        assert_eq!(mask(&format!("DB_PASSWORD=\"{value}\" x")), "DB_PASSWORD=\"[masked: password]\" x", "{value}");
    }
    assert_eq!(mask("DB_PASSWORD=p@ss(w0rd)!x y"), "DB_PASSWORD=[masked: password] y");
}

#[test]
fn values_of_names_that_say_secret_are_masked() {
    let cases = [
        "export FOO_SECRET=@@",
        "API_KEY=@@",
        "\"apiKey\": \"@@\"",
        "api_key: @@",
        "X-Api-Key: @@",
        "-H 'x-api-key: @@'",
        "client_secret=@@&grant_type=x",
        "aws_secret_access_key = @@",
        "SECRET_KEY_BASE=@@",
        "'secret' => \"@@\"",
        "AccountName=x;AccountKey=@@;EndpointSuffix=y",
        "SharedAccessKeyName=x;SharedAccessKey=@@",
        "--api-key @@",
        "private_key: '@@'",
    ];
    check("secret", &cases, &mixed(40));
    check("secret", &cases, &hex(32));
    check("secret", &cases, &(mixed(43) + "="));
    check("secret", &["OPENAI_KEY=@@", "STRIPE_KEY = \"@@\""], &mixed(40));
    check(
        "secret",
        &["HEROKU_API_KEY=@@"],
        &format!("{}-{}-4{}-a{}-{}", hex(8), hex(4), &hex(5)[..3], &hex(6)[..3], hex(12)),
    );
}

#[test]
fn values_of_names_that_say_token_are_masked() {
    let cases = [
        "CLOUDFLARE_API_TOKEN=@@",
        "//registry.npmjs.org/:_authToken=@@",
        "access_token=@@&x=1",
        "\"refreshToken\":\"@@\"",
        "token: @@",
        "--token @@",
        "vault login --token=\"@@\"",
        "client.token(\"@@\")",
        "\"auths\": {\"r.dev\": {\"auth\": \"@@\"}}",
    ];
    check("token", &cases, &mixed(40));
    check("token", &cases, &hex(40));
}

#[test]
fn headers_are_masked_and_their_schemes_stay() {
    let cases = [
        "Authorization: Bearer @@",
        "authorization: token @@",
        "curl -H \"Authorization: Bearer @@\" https://x.dev",
        "\"Authorization\": \"Basic @@\"",
        "{\\\"Authorization\\\": \\\"Bearer @@\\\"}",
        "headers['Authorization'] = 'Bot @@'",
        "Proxy-Authorization: Basic @@",
        "Authorization: @@",
        "\"authorization\":[\"Bearer @@\"]",
    ];
    check("authorization", &cases, &mixed(44));
    check("bearer-token", &["sent Bearer @@ to it"], &mixed(32));
    let cookie = format!("session={}; theme=dark", mixed(24));
    check("cookie", &["Cookie: @@", "Set-Cookie: @@\nnext", "curl -H 'Cookie: @@' x", "\"Cookie\": \"@@\","], &cookie);
}

#[test]
fn credentials_in_addresses_are_masked() {
    let cases = [
        "https://anna:@@@x.dev/path",
        "postgres://anna:@@@db.internal:5432/app",
        "mongodb+srv://anna:@@@a,b/x",
        "redis://:@@@cache",
        "DATABASE_URL=\"mysql://anna:@@@db/app\"",
        "{\"url\":\"amqp://anna:@@@mq\\n\"}",
    ];
    check("url-password", &cases, "hunter2");
    check("url-password", &cases, "p@ss:w0rd");
    check("url-password", &["https://@@@sentry.dev/1", "https://anna:@@@x.dev"], &hex(32));
    check("github-token", &["https://@@@github.com/x/y"], &format!("ghp_{}", mixed(36)));
    check("github-token", &["https://x-access-token:@@@github.com/x/y"], &format!("ghs_{}", mixed(36)));
    let path = format!("T{}/B{}/{}", "0A1B2C3D4", "5E6F7G8H9", mixed(24));
    check("webhook", &["https://hooks.slack.com/services/@@"], &path);
    check("webhook", &["https://discord.com/api/webhooks/@@ x"], &format!("{}/{}", "184927365019283746", mixed(68)));
    check("signature", &["https://x.blob.core.windows.net/c?sv=2024&sig=@@&se=1"], &(mixed(43) + "%3D"));
}

#[test]
fn tokens_without_a_prefix_of_their_own_are_masked() {
    check("telegram-token", &["bot@@/getMe", "send @@ now"], &format!("{}:AA{}", "7492038165", mixed(33)));
    let discord = format!("MT{}{}.{}.{}", "k", mixed(22), mixed(6), mixed(38));
    check("discord-token", &["login('@@')"], &discord);
    check("azure-secret", &["value @@ here"], &format!("{}8Q~{}", "aB3", mixed(34)));
    check("azure-key", &["key @@"], &format!("{}JQQJ9{}AZDO{}", mixed(52), mixed(18), mixed(5)));
    let (id, key) = (format!("AK{}{}", "IA", drawn(super::CAPITALS, 16, 1)), mixed(38) + "/+");
    for text in [format!("{id} {key}"), format!("{id}\n{key}\n"), format!("a={id},b={key}"), format!("{key}\t{id}")] {
        let masked = text.replace(&id, "[masked: aws-access-key-id]").replace(&key, "[masked: aws-secret-key]");
        assert_eq!(mask(&text), masked);
    }
}

#[test]
fn json_web_tokens_are_masked_also_when_wrapped() {
    let token = format!("ey{}{}.eyJ{}.{}", "J", mixed(33), mixed(120), mixed(43));
    check("json-web-token", &["see @@.", "id_token=@@&x=1", "\"@@\""], &token);
    for sign in ["\n", "\r\n", "\\n"] {
        let lines: Vec<_> = token.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        assert_eq!(mask(&format!("see {} done", lines.join(sign))), "see [masked: json-web-token] done");
    }
    let cut = &token[..100];
    assert_eq!(mask(&format!("{cut}\nThen it ended.")), "[masked: json-web-token]\nThen it ended.");
}

#[test]
fn key_blocks_are_masked_also_without_their_end() {
    let body: Vec<String> = (0..6).map(|seed| drawn(super::MIXED, 64, seed)).chain([mixed(30) + "=="]).collect();
    for label in
        ["RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "PGP PRIVATE KEY BLOCK"]
    {
        let (begin, end) = (format!("-----BE{}IN {label}-----", "G"), format!("-----END {label}-----"));
        for sign in ["\n", "\r\n", "\\n", "\\r\\n", "\\\\n", "\n    ", "\n> ", "\",\n\"", "\\n\" +\n  \""] {
            let block = format!("{begin}{sign}{}{sign}{end}", body.join(sign));
            assert_eq!(mask(&format!("a {block} b")), "a [masked: private-key] b", "{label} {sign:?}");
            let cut = format!("{begin}{sign}{}", body[..3].join(sign));
            assert_eq!(mask(&cut), "[masked: private-key]", "{label} {sign:?}");
        }
        let headers = format!(
            "{begin}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{}\n\n{}\n{end}\n",
            hex(32),
            body.join("\n")
        );
        assert_eq!(mask(&headers), "[masked: private-key]\n");
        let cut = format!("{begin}\n{}\nthen the command failed", body.join("\n"));
        assert_eq!(mask(&cut), "[masked: private-key]\nthen the command failed");
    }
    let listing: String = body.iter().enumerate().map(|(i, line)| format!("    {}→{line}\n", i + 2)).collect();
    let masked = mask(&format!("    1→-----BE{}IN PRIVATE KEY-----\n{listing}", "G")).into_owned();
    assert_eq!(masked, "    1→[masked: private-key]\n");
}

#[test]
fn mail_addresses_are_masked() {
    check(
        "e-mail",
        &["by Anna <@@>", "mailto:@@", "\\n@@\\n", "write to @@.", "ssh @@:x", "(@@)"],
        "anna.b+c@mail.dev.org",
    );
    check("e-mail", &["@@, x"], "a_b@x.co.uk");
}

#[test]
fn several_secrets_in_one_text_are_all_masked() {
    let text = format!("A_TOKEN={} B_PASSWORD=hunter2 c@d.org", mixed(40));
    assert_eq!(mask(&text), "A_TOKEN=[masked: token] B_PASSWORD=[masked: password] [masked: e-mail]");
}
