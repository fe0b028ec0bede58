use std::borrow::Cow;

use super::{super::mask, hex, mixed};

#[track_caller]
fn stays(text: &str) {
    let masked = mask(text);
    assert_eq!(masked, text);
    assert!(matches!(masked, Cow::Borrowed(_)));
}

#[test]
fn placeholders_stay() {
    for value in [
        "$TOKEN",
        "${TOKEN}",
        "${{ secrets.TOKEN }}",
        "<your-key>",
        "your_api_key_here",
        "xxxx",
        "xxxxxxxxxxxxxxxx",
        "***",
        "process.env.API_KEY",
        "os.environ['KEY']",
        "{{ token }}",
        "{token}",
        "%TOKEN%",
        "...",
        "…",
        "changeme",
        "REDACTED",
        "$(cat key)",
        "<token>",
        "[token]",
        "null",
        "None",
        "true",
        "••••••••",
        "op://vault/item/field",
        "example-key-123",
        "1234567890abcdef",
        "env(API_KEY)",
        "[masked: token]",
    ] {
        for (open, close) in
            [("TOKEN=", ""), ("\"apiKey\": \"", "\""), ("password: ", ""), ("--token ", ""), ("X-Api-Key: ", "")]
        {
            stays(&format!("{open}{value}{close}"));
        }
        stays(&format!("Authorization: Bearer {value}"));
        stays(&format!("curl -H \"Authorization: Bearer {value}\" x"));
        if !value.contains('/') && !value.contains('[') {
            stays(&format!("https://user:{value}@x.dev/"));
        }
    }
}

#[test]
fn hashes_and_identifiers_stay() {
    let (sha, md5, long) = (hex(40), hex(32), hex(64));
    let uuid = format!("{}-{}-{}-{}-{}", hex(8), hex(4), hex(4), hex(4), hex(12));
    for text in [
        format!("commit {sha}"),
        format!("index {}..{}", &sha[..7], &sha[8..15]),
        format!("id: {uuid}"),
        format!("md5 {md5}"),
        format!("checksum = \"{long}\""),
        format!("sha256:{long}"),
        format!("\"integrity\": \"sha512-{}==\"", mixed(86)),
        format!("\"key\": \"{sha}\""),
        format!("\"session_id\":\"{uuid}\""),
        format!("\"id\":\"toolu_{}\"", mixed(24)),
        format!("\"requestId\":\"req_{}\"", mixed(24)),
        format!("\"signature\":\"{}\"", mixed(300)),
        format!("h1:{}=", mixed(43)),
        format!("ssh-ed25519 AAAA{}", mixed(60)),
        format!("data:image/png;base64,{}", mixed(300)),
        format!("etag: \"{md5}\""),
        format!("public_key = \"{}\"", mixed(44)),
        format!("nextPageToken: \"{}\"", mixed(44)),
        format!("pk_live_{}", mixed(24)),
        format!("CACHE_KEY={sha}"),
        format!("key = \"{}\"", mixed(40)),
        format!("let row_key = \"{}\"", mixed(40)),
    ] {
        stays(&text);
    }
}

#[test]
fn code_and_prose_about_secrets_stay() {
    for text in [
        "password: string",
        "password: String,",
        "password = get_password()",
        "password=password",
        "token = parser.next_token()",
        "const token = await getToken(user1);",
        "let secret = std::env::var(\"SECRET\")?;",
        "fn password(&self) -> &str",
        "password: Optional[str] = None",
        "max_tokens=4096",
        "\"input_tokens\": 12345678",
        "\"token\": \"hello\"",
        "tokens: 59491328",
        "TokenError::Reuse2",
        "password_hash = \"a1b2c3d4e5f6\"",
        "secret_name = \"prod-db-1\"",
        "Enter password: ",
        "The password must be at least 8 characters",
        "\"password\": \"Password must have 8 characters\"",
        "the --password flag",
        "type=\"password\" id=\"password1\"",
        "Bearer token authentication",
        "Authorization: required",
        "Authorization: Bearer realm",
        "Cookie: disabled",
        "cookie = cookies.get(name)",
        "the secret: patience",
        "token: Token<'a>",
        "apiKey: config.apiKey",
        "api_key=args.api_key1",
        "secretKeyRef:\n  name: db-secret1",
        "pass: 12",
        "PASS: test_user_2",
        "PWD=/home/x",
        "bypass=abc123",
        "compass: n0rth",
        "access_key_id = None",
        "-----BEGIN RSA PRIVATE KEY-----",
        "grep '-----BEGIN PRIVATE KEY-----' x",
        "sort -u a:b",
        "docker run -u 1000:1000 x",
        "git push -u origin a:b",
        "curl x | sort -u a:bcd",
        "mkdir -p secret1",
        "SECRETS_FILE=/run/secrets/x1",
        "sk-learn",
        "urn:ietf:params:oauth:a1B2c3D4e5F6g7H8",
        "secret: 'V1SecretVolumeSource'",
        "GOOGLE_APPLICATION_CREDENTIALS=key.json",
        "the --shared-secret requires x",
        "private_key: PKCS7PrivateKeyTypes,",
        "Foo::AccessKey = \"72c2d9dd90025459\"",
        "find . ! -path x",
        "task-management-system-configuration",
        "disk-usage-analyzer-2024-report",
        "npm_config_registry_url_of_the_mirror",
        "AKIAIOSFODNN7EXAMPLE",
        "eyJ",
        "hf_transfer",
        "postgres://user:password@localhost/db",
        "http://localhost:8080/@vite/client",
        "https://x.dev/a:b@c",
        "tokenizer: \"gpt2x9y8z7w6v5u4\"",
        "cancellation_token = \"a1B2c3D4e5F6g7H8\"",
    ] {
        stays(text);
    }
}

#[test]
fn what_looks_like_a_mail_address_and_is_none_stays() {
    for text in [
        "noreply@anthropic.com",
        "no-reply@x.dev",
        "1234+anna@users.noreply.github.com",
        "anna@example.com",
        "a@sub.example.org",
        "git@github.com:x/y.git",
        "react@18.2.0",
        "@types/node",
        "npx pkg@latest",
        "logo@2x.png",
        "user@1000.service",
        "\\n@pytest.fixture",
        "@app.route",
        "a@b",
        "foo@v1.2.tgz",
        "x @ y.com",
    ] {
        stays(text);
    }
}
