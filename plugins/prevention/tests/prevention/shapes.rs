//! The literal words of many tools, each with the class that it is to get. A table of data, and so longer than files are
//! here.

use crate::support::{Words, diagnose, say};
use prevention::SHIPPED;

/// A command, what it says, and the class.
type Row = (&'static str, &'static str, &'static str);

#[rustfmt::skip]
const COMPILERS: &[Row] = &[
    ("rustc a.rs", "Exit code 1\nerror[E0382]: borrow of moved value: `x`\n --> a.rs:3:5", "compile.rust"),
    ("cargo check", "Exit code 101\nerror: expected one of `;` or `}`, found `let`\nerror: could not compile `a` (lib) due to 1 previous error", "compile.rust"),
    ("cargo nextest run", "Exit code 101\nerror[E0425]: cannot find value `x` in this scope\nerror: could not compile `a` (lib test)", "compile.rust"),
    ("nix develop --command go build ./...", "Exit code 1\n# a/b\ncmd/x.go:26:2: \"fmt\" imported and not used", "compile.go"),
    ("make", "Exit code 2\ngo build ./...\n./x.go:3:2: undefined: frob\nmake: *** [Makefile:3: all] Error 1", "compile.go"),
    ("go vet ./...", "Exit code 1\n# a/b\n./x.go:9:2: declared and not used: y", "compile.go"),
    ("npx tsc -p .", "Exit code 2\n\u{1b}[96msrc/a.ts\u{1b}[0m:\u{1b}[93m3\u{1b}[0m:\u{1b}[93m5\u{1b}[0m - \u{1b}[91merror\u{1b}[0m\u{1b}[90m TS2322: \u{1b}[0mType 'a' is not assignable to type 'b'.", "compile.ts"),
    ("pnpm vue-tsc", "Exit code 1\nsrc/A.vue(3,5): error TS2339: Property 'x' does not exist on type 'Y'.", "compile.ts"),
    ("javac A.java", "Exit code 1\nA.java:9: error: reached end of file while parsing\n}\n ^\n1 error", "compile.java"),
    ("./gradlew build", "Exit code 1\n> Task :compileKotlin FAILED\ne: file:///a/B.kt:3:5 Unresolved reference 'x'.", "compile.java"),
    ("mvn package", "Exit code 1\n[ERROR] COMPILATION ERROR :\n[ERROR] /a/B.java:[3,5] cannot find symbol", "compile.java"),
    ("kotlinc a.kt", "Exit code 1\na.kt:3:5: error: unresolved reference: x", "compile.java"),
    ("g++ a.cc", "Exit code 1\na.cc:3:5: error: 'x' was not declared in this scope", "compile.c"),
    ("clang a.c", "Exit code 1\na.c:3:5: error: use of undeclared identifier 'x'\n1 error generated.", "compile.c"),
    ("cmake --build .", "Exit code 1\na.cpp(3): error C2065: 'x': undeclared identifier", "compile.c"),
    ("cmake ..", "Exit code 1\nCMake Error at CMakeLists.txt:3 (find_package):\n  Could not find X", "compile.c"),
    ("swift build", "Exit code 1\n/a/Sources/A.swift:3:5: error: cannot find 'x' in scope", "compile.swift"),
    ("dotnet build", "Exit code 1\nA.cs(3,5): error CS1002: ; expected [/a/A.csproj]", "compile.cs"),
    ("dotnet build", "Exit code 1\nMSBUILD : error MSB1003: Specify a project or solution file.", "compile.cs"),
    ("ghc A.hs", "Exit code 1\nA.hs:3:5: error: [GHC-88464]\n    Variable not in scope: x", "compile.other"),
    ("zig build", "Exit code 1\nsrc/main.zig:3:5: error: use of undeclared identifier 'x'", "compile.other"),
    ("sbt compile", "Exit code 1\n[error] /a/B.scala:3:5: not found: value x", "compile.other"),
    ("mix compile", "Exit code 1\n== Compilation error in file lib/a.ex ==\n** (CompileError) lib/a.ex:3: undefined function x/0", "compile.other"),
    ("flutter build web", "Exit code 1\nlib/a.dart:3:5: Error: Undefined name 'x'.", "compile.other"),
    ("python3 a.py", "Exit code 1\n  File \"/a/a.py\", line 3\n    def f(:\n          ^\nSyntaxError: invalid syntax", "compile.python"),
    ("python3 -m py_compile a.py", "Exit code 1\nSorry: IndentationError: unexpected indent (a.py, line 3)", "compile.python"),
    ("python3 - <<'PY'\nimport pytest\nx = (\nPY", "Exit code 1\n  File \"<stdin>\", line 2\nSyntaxError: '(' was never closed", "compile.python"),
    ("black .", "Exit code 123\nerror: cannot format a.py: Cannot parse: 3:5: def f(:", "compile.python"),
];

#[rustfmt::skip]
const TESTS: &[Row] = &[
    ("cargo nextest run", "Exit code 100\n        FAIL [   0.005s] a::b\n     Summary [   0.1s] 3 tests run: 2 passed, 1 failed\nerror: test run failed", "test.failed"),
    ("go test ./...", "Exit code 1\n--- FAIL: TestX (0.00s)\nFAIL\nFAIL\ta/b\t0.01s\nok  \ta/c\t0.01s", "test.failed"),
    ("python -m pytest", "Exit code 1\n=== FAILURES ===\nE   AssertionError\n1 failed, 3 passed in 0.1s", "test.failed"),
    ("pytest -q", "Exit code 2\n___ ERROR collecting tests/test_a.py ___\nE   ModuleNotFoundError: No module named 'opk'\n!!! Interrupted: 1 error during collection !!!", "bash.env.module"),
    ("pytest -q", "Exit code 2\n___ ERROR collecting tests/test_a.py ___\nE     File \"/a/b.py\", line 3\nE   SyntaxError: invalid syntax\n!!! Interrupted: 1 error during collection !!!", "compile.python"),
    ("pytest -q", "Exit code 2\n___ ERROR collecting tests/test_a.py ___\nE   json.decoder.JSONDecodeError: Expecting ',' delimiter\n!!! Interrupted: 2 errors during collection !!!", "json.parse"),
    ("pytest -q", "Exit code 2\n___ ERROR collecting tests/test_a.py ___\nE   NameError: name 'x' is not defined\n!!! Interrupted: 2 errors during collection !!!", "crash.python"),
    ("pytest -q", "Exit code 1\n=== FAILURES ===\nE   ModuleNotFoundError: No module named 'x'\n1 failed, 30 passed in 0.1s", "test.failed"),
    ("python -m unittest", "Exit code 1\nImportError: Failed to import test module: test_a\nModuleNotFoundError: No module named 'a'\nFAILED (errors=1)", "bash.env.module"),
    ("python -m unittest", "Exit code 1\nFAIL: test_a (test_b.C)\nFAILED (failures=1)", "test.failed"),
    ("npx jest", "Exit code 1\n  ● Test suite failed to run\n    Cannot find module 'lodash' from 'a.test.js'\nTest Suites: 1 failed, 1 total\nTests:       0 total", "bash.env.module"),
    ("npx jest", "Exit code 1\n  ● Test suite failed to run\n    Cannot find module './b' from 'a.test.js'\nTest Suites: 1 failed, 1 total\nTests:       0 total", "bash.env.module_path"),
    ("npx vitest run", "Exit code 1\n FAIL  a.test.ts\nError: Failed to resolve import \"zod\" from \"src/a.ts\"\n Test Files  1 failed (1)\n      Tests  no tests", "bash.env.module"),
    ("npx vitest run", "Exit code 1\n FAIL  a.test.ts > x\nAssertionError: expected 1 to be 2\n Test Files  1 failed (1)\n      Tests  1 failed | 3 passed (4)", "test.failed"),
    ("npx vitest run", "Exit code 1\nNo test files found, exiting with code 1", "test.none"),
    ("npx mocha", "Exit code 1\n  3 passing (9ms)\n  1 failing\n\n  1) x", "test.failed"),
    ("./gradlew test", "Exit code 1\n> Task :test FAILED\nATest > x() FAILED\n    org.opentest4j.AssertionFailedError at ATest.java:3\nThere were failing tests.", "test.failed"),
    ("mvn test", "Exit code 1\n[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0", "test.failed"),
    ("bundle exec rspec", "Exit code 1\n3 examples, 1 failure\n\nFailed examples:\n\nrspec ./spec/a_spec.rb:3", "test.failed"),
    ("vendor/bin/phpunit", "Exit code 1\nThere was 1 failure:\nFAILURES!\nTests: 3, Assertions: 3, Failures: 1.", "test.failed"),
    ("dotnet test", "Exit code 1\nFailed!  - Failed:     1, Passed:     3, Skipped:     0, Total:     4", "test.failed"),
    ("npx playwright test", "Exit code 1\n  1) [chromium] › a.spec.ts:3:5 › x\n\n  1 failed\n    [chromium] › a.spec.ts:3:5 › x\n  2 passed (3.0s)", "test.failed"),
    ("npx cypress run", "Exit code 1\n  (Run Finished)\n  ✖  1 of 3 failed (33%)", "test.failed"),
    ("ctest", "Exit code 8\n50% tests passed, 1 tests failed out of 2\nThe following tests FAILED:", "test.failed"),
    ("./a_test", "Exit code 1\n[  FAILED  ] A.B (0 ms)\n 1 FAILED TEST", "test.failed"),
    ("deno test", "Exit code 1\nFAILED | 3 passed | 1 failed (10ms)", "test.failed"),
    ("flutter test", "Exit code 1\n00:01 +3 -1: Some tests failed.", "test.failed"),
    ("mix test", "Exit code 2\n3 tests, 1 failure\n", "test.failed"),
    ("npx ava", "Exit code 1\n  ✘ [fail]: a › x\n  1 test failed", "test.failed"),
    ("bats test", "Exit code 1\n1..2\nok 1 a\nnot ok 2 b", "test.failed"),
    ("npx cucumber-js", "Exit code 1\nFailing scenarios:\n  features/a.feature:3", "test.failed"),
    ("node --test", "Exit code 1\nℹ tests 3\nℹ pass 2\nℹ fail 1", "test.failed"),
    ("swift test", "Exit code 1\nTest Suite 'All tests' failed\nExecuted 3 tests, with 1 failure (0 unexpected) in 0.1 seconds", "test.failed"),
    ("cd a && npm test", "Exit code 1\nnpm error code ELIFECYCLE\nnpm error Test failed.", "test.failed"),
];

#[rustfmt::skip]
const LINTERS: &[Row] = &[
    ("npx eslint .", "Exit code 1\n/a/b.js\n  3:5  error  x  no-undef\n\n✖ 1 problem (1 error, 0 warnings)", "lint.failed"),
    ("npx eslint .", "Exit code 2\nOops! Something went wrong! :(\nESLint couldn't find an eslint.config.(js|mjs|cjs) file.", "lint.failed"),
    ("npx biome check .", "Exit code 1\nsrc/a.ts:3:5 lint/style/useConst  FIXABLE  ━━━━━━", "lint.failed"),
    ("ruff check", "Exit code 1\nF401 [*] `os` imported but unused\n --> a.py:1:8\nFound 1 error.", "lint.failed"),
    ("flake8", "Exit code 1\na.py:3:80: E501 line too long (99 > 79 characters)", "lint.failed"),
    ("uv run mypy .", "Exit code 1\na.py:3: error: Incompatible types in assignment  [assignment]\nFound 1 error in 1 file (checked 9 source files)", "lint.failed"),
    ("tox", "Exit code 1\na.py:3: error: Missing return statement  [return]\nFound 4 errors in 2 files (checked 9 source files)", "lint.failed"),
    ("npx pyright", "Exit code 1\n/a/b.py:3:5 - error: \"x\" is not defined (reportUndefinedVariable)\n1 error, 0 warnings, 0 informations", "lint.failed"),
    ("golangci-lint run", "Exit code 1\na.go:3:5: S1039: unnecessary use of fmt.Sprintf (gosimple)\n1 issues:\n* gosimple: 1", "lint.failed"),
    ("staticcheck ./...", "Exit code 1\na.go:3:5: func x is unused (U1000)", "lint.failed"),
    ("shellcheck a.sh", "Exit code 1\nIn a.sh line 3:\n^-- SC2086 (info): Double quote to prevent globbing", "lint.failed"),
    ("bundle exec rubocop", "Exit code 1\na.rb:3:5: C: Style/StringLiterals: Prefer single\n1 file inspected, 1 offense detected", "lint.failed"),
    ("vendor/bin/phpstan analyse", "Exit code 1\n [ERROR] Found 3 errors", "lint.failed"),
    ("./gradlew ktlintCheck", "Exit code 1\n/a/B.kt:3:5: Unexpected indentation (standard:indent)", "lint.failed"),
    ("npx stylelint '**/*.css'", "Exit code 2\na.css\n  3:5  ✖  Unexpected unknown unit  unit-no-unknown", "lint.failed"),
    ("npx markdownlint-cli2 a.md", "Exit code 1\nmarkdownlint-cli2 v0.17.1\na.md:3 MD022/blanks-around-headings", "lint.failed"),
    ("npx prettier --check .", "Exit code 1\n[warn] a.ts\n[warn] Code style issues found in the above file.", "lint.failed"),
    ("cargo fmt --check", "Exit code 1\nDiff in /a/b.rs:3:", "lint.failed"),
    ("vendor/bin/phpcs", "Exit code 2\nFOUND 3 ERRORS AFFECTING 2 LINES", "lint.failed"),
    ("terraform fmt -check", "Exit code 3\nmain.tf", "lint.failed"),
    ("cspell .", "Exit code 1\na.md:3:5 - Unknown word (frob)\nCSpell: Files checked: 1, Issues found: 1 in 1 file.", "lint.failed"),
];

#[rustfmt::skip]
const PACKAGES: &[Row] = &[
    ("npm install", "Exit code 1\nnpm error code E404\nnpm error 404 Not Found - GET https://registry.npmjs.org/frob", "pkg.npm"),
    ("npm ci", "Exit code 1\nnpm error code EUSAGE\nnpm error `npm ci` can only install packages when your package.json and package-lock.json are in sync", "pkg.npm"),
    ("pnpm i", "Exit code 1\n ERR_PNPM_OUTDATED_LOCKFILE  Cannot install with \"frozen-lockfile\"", "pkg.npm"),
    ("yarn add x", "Exit code 1\nerror Couldn't find package \"x\" on the \"npm\" registry.", "pkg.npm"),
    ("bun install", "Exit code 1\nerror: lockfile had changes, but lockfile is frozen", "pkg.npm"),
    ("npm run frob", "Exit code 1\nnpm error Missing script: \"frob\"", "pkg.script"),
    ("pip install x", "Exit code 1\nERROR: Could not find a version that satisfies the requirement x (from versions: none)", "pkg.pip"),
    ("uv sync", "Exit code 1\n  × No solution found when resolving dependencies:", "pkg.pip"),
    ("poetry lock", "Exit code 1\nBecause a depends on b (>=2), version solving failed.", "pkg.pip"),
    ("conda install x", "Exit code 1\nPackagesNotFoundError: The following packages are not available", "pkg.pip"),
    ("cargo add x", "Exit code 101\nerror: failed to select a version for the requirement `x = \"^9\"`", "pkg.cargo"),
    ("go get x@v9", "Exit code 1\ngo: x@v9.0.0: reading x/go.mod at revision v9.0.0: unknown revision v9.0.0", "pkg.go"),
    ("mvn package", "Exit code 1\n[ERROR] Could not resolve dependencies for project a:b:jar:1: Could not find artifact c:d:jar:2", "pkg.other"),
    ("./gradlew build", "Exit code 1\n> Could not resolve all files for configuration ':compileClasspath'.", "pkg.other"),
    ("bundle install", "Exit code 7\nCould not find gem 'x' in rubygems repository", "pkg.other"),
    ("composer install", "Exit code 2\nYour requirements could not be resolved to an installable set of packages.", "pkg.other"),
    ("dotnet restore", "Exit code 1\n/a/A.csproj : error NU1101: Unable to find package X.", "pkg.other"),
    ("pod install", "Exit code 1\n[!] CocoaPods could not find compatible versions for pod \"X\":", "pkg.other"),
    ("apt-get install -y x", "Exit code 100\nE: Unable to locate package x", "pkg.system"),
    ("apt-get install -y x", "Exit code 100\nE: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)", "pkg.system"),
    ("brew install x", "Exit code 1\nWarning: No available formula with the name \"x\".", "pkg.system"),
    ("dnf install x", "Exit code 1\nError: Unable to find a match: x", "pkg.system"),
    ("pacman -S x", "Exit code 1\nerror: target not found: x", "pkg.system"),
];

#[rustfmt::skip]
const GIT: &[Row] = &[
    ("git fetch", "Exit code 128\nssh: Could not resolve hostname github.com: Temporary failure in name resolution\nfatal: Could not read from remote repository.", "net.dns"),
    ("git push", "Exit code 128\nfatal: unable to access 'https://github.com/a/b/': Could not resolve host: github.com", "net.dns"),
    ("git push", "Exit code 1\nerror: src refspec main does not match any\nerror: failed to push some refs", "git.revision"),
    ("git pull", "Exit code 128\nfatal: Not possible to fast-forward, aborting.", "git.state"),
    ("git merge x", "Exit code 128\nfatal: refusing to merge unrelated histories", "git.state"),
    ("git push", "Exit code 128\nremote: Support for password authentication was removed on August 13, 2021.\nfatal: Authentication failed for 'https://github.com/a/b/'", "git.auth"),
    ("git status", "Exit code 128\nfatal: kein Git-Repository (oder irgendeines der übergeordneten Verzeichnisse): .git", "git.not_repo"),
    ("git status", "Exit code 128\nfatal : ni ceci ni aucun de ses répertoires parents n'est un dépôt git : .git", "git.not_repo"),
    ("git worktree add x", "Exit code 128\nfatal: '/a/x' already exists", "git.exists"),
    ("git stash pop", "Exit code 1\nNo stash entries found.", "git.state"),
    ("gh pr create", "Exit code 1\npull request create failed: GraphQL: No commits between main and x (createPullRequest)", "gh.error"),
    ("gh api x", "Exit code 1\ngh: Validation Failed (HTTP 422)", "gh.http"),
];

#[rustfmt::skip]
const SHELLS: &[Row] = &[
    ("frob", "Exit code 127\nfish: Unknown command: frob", "shell.command_not_found"),
    ("frob", "Exit code 1\nfrob : The term 'frob' is not recognized as the name of a cmdlet\n    + CategoryInfo          : ObjectNotFound: (frob:String) [], CommandNotFoundException", "shell.command_not_found"),
    ("frob", "Exit code 1\nfrob : Die Benennung \"frob\" wurde nicht als Name eines Cmdlet erkannt\n    + CategoryInfo          : ObjectNotFound: (frob:String) [], CommandNotFoundException", "shell.command_not_found"),
    ("echo a && echo b", "Exit code 1\nThe token '&&' is not a valid statement separator in this version.\n    + CategoryInfo          : ParserError: (:) [], ParentContainsErrorRecordException", "shell.syntax"),
    ("if x", "Exit code 255\nx was unexpected at this time.", "shell.syntax"),
    ("echo (", "Exit code 127\nfish: Expected a string, but found end of the input", "shell.syntax"),
    ("*** Begin Patch", "Exit code 2\nbash: line 1: dist: command not found\nbash: -c: line 12: syntax error near unexpected token `('", "shell.syntax"),
    ("ls *.x", "Exit code 124\nfish: No matches for wildcard '*.x'. See `help wildcards-globbing`.", "shell.glob"),
    ("./run", "Exit code 126\nbash: ./run: Permission denied", "shell.not_executable"),
    ("./run", "Exit code 1\n/a/run: cannot execute: required file not found", "shell.not_executable"),
    ("tree -L 3", "Exit code 2\nlsd: 3: No such file or directory (os error 2).", "shell.alias"),
    ("curl -X POST http://a", "Exit code 1\nInvoke-WebRequest : A parameter cannot be found that matches parameter name 'X'.\n    + CategoryInfo          : InvalidArgument: (:) [Invoke-WebRequest], ParameterBindingException", "shell.alias"),
    ("python -c 'x\ny'", "Exit code 1\n  File \"<string>\", line 1\n    ||  goto :error\nIndentationError: unexpected indent", "shell.alias"),
    ("find . -name x", "Exit code 2\nFIND: Parameter format not correct", "shell.alias"),
    ("sed -i 's/a/b/' x", "Exit code 1\nsed: 1: \"x\": invalid command code x", "cli.usage"),
    ("grep -P x y", "Exit code 2\ngrep: invalid option -- P", "cli.usage"),
    ("rg '(?=x)'", "Exit code 2\nrg: regex parse error:\n    (?=x)\nerror: look-around is not supported", "cli.usage"),
    ("find x -type q", "Exit code 1\nfind: Unknown argument to -type: q", "cli.usage"),
    ("cd /nowhere", "Exit code 1\nbash: cd: /nowhere: Datei oder Verzeichnis nicht gefunden", "path.cwd"),
    ("cat x", "Exit code 1\ncat: x: Datei oder Verzeichnis nicht gefunden", "path.missing"),
    ("cat x", "Exit code 1\ncat: x: Aucun fichier ou dossier de ce nom", "path.missing"),
    ("cat x", "Exit code 1\ncat: x: No existe el archivo o el directorio", "path.missing"),
    ("cat x", "Exit code 1\ncat: x: そのようなファイルやディレクトリはありません", "path.missing"),
    ("touch /x", "Exit code 1\ntouch: '/x' kann nicht berührt werden: Keine Berechtigung", "permission.denied"),
    ("sudo ls", "Exit code 1\nme is not in the sudoers file.", "permission.sudo"),
    ("./a.ps1", "Exit code 1\nFile a.ps1 cannot be loaded because running scripts is disabled on this system.", "permission.denied"),
    ("sleep 900", "command timed out", "bash.timeout"),
    ("sleep 900", "Error: Command timed out", "bash.timeout"),
    ("sleep 900", "Command was automatically cancelled because it exceeded the timeout of 5.0 minutes without output.", "bash.timeout"),
    ("sleep 900", "failed in sandbox None with execution error: command timed out", "bash.timeout"),
    ("./a", "Exit code 134\nterminate called after throwing an instance of 'std::bad_alloc'", "bash.oom"),
];

#[rustfmt::skip]
const WORLD: &[Row] = &[
    ("wget http://x", "Exit code 4\nwget: unable to resolve host address 'x'", "net.dns"),
    ("python3 a.py", "Exit code 1\nrequests.exceptions.ConnectionError: HTTPSConnectionPool(host='x', port=443): Max retries exceeded (Caused by NameResolutionError(...))", "net.dns"),
    ("node a.js", "Exit code 1\nError: getaddrinfo EAI_AGAIN registry.npmjs.org", "net.dns"),
    ("curl http://localhost:3000", "Exit code 7\ncurl: (7) Failed to connect to localhost port 3000 after 0 ms: Could not connect to server", "net.refused"),
    ("npx playwright screenshot x", "Exit code 1\nError: page.goto: net::ERR_CONNECTION_REFUSED at http://localhost:3000/", "net.refused"),
    ("curl http://10.0.0.1", "Exit code 28\ncurl: (28) Failed to connect to 10.0.0.1 port 80 after 5001 ms: Timeout was reached", "net.timeout"),
    ("ssh x", "Exit code 255\nssh: connect to host x port 22: No route to host", "net.unreachable"),
    ("java A", "Exit code 1\njavax.net.ssl.SSLHandshakeException: PKIX path building failed", "net.tls"),
    ("python3 a.py", "Exit code 1\nssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "net.tls"),
    ("git clone x", "Exit code 128\nerror: RPC failed; curl 92 HTTP/2 stream 5 was not closed cleanly\nfatal: early EOF", "net.reset"),
    ("wget http://x/y", "Exit code 8\nERROR 404: Not Found.", "net.http"),
    ("docker run x", "Exit code 125\ndocker: Error response from daemon: Conflict. The container name \"/x\" is already in use by container", "bash.env.port"),
    ("docker compose up", "Exit code 1\nno configuration file provided: not found", "docker.missing"),
    ("docker run x", "Exit code 125\nUnable to find image 'x:latest' locally\ndocker: Error response from daemon: pull access denied for x", "docker.missing"),
    ("kubectl get pods", "Exit code 1\nThe connection to the server localhost:8080 was refused - did you specify the right host or port?", "net.refused"),
    ("kubectl get pod x", "Exit code 1\nError from server (NotFound): pods \"x\" not found", "infra.error"),
    ("kubectl get pods", "Exit code 1\nerror: You must be logged in to the server (Unauthorized)", "infra.auth"),
    ("terraform plan", "Exit code 1\n│ Error: Invalid reference\n│   on main.tf line 3", "infra.error"),
    ("aws s3 ls", "Exit code 255\nUnable to locate credentials. You can configure credentials by running \"aws configure\".", "infra.auth"),
    ("helm upgrade x y", "Exit code 1\nError: UPGRADE FAILED: another operation is in progress", "infra.error"),
    ("psql -c 'select 1 from x'", "Exit code 1\nERROR:  relation \"x\" does not exist", "db.error"),
    ("psql", "Exit code 2\npsql: error: connection to server at \"localhost\", port 5432 failed: Connection refused", "net.refused"),
    ("mysql -e x", "Exit code 1\nERROR 1064 (42000) at line 1: You have an error in your SQL syntax", "db.error"),
    ("mysql", "Exit code 1\nERROR 1045 (28000): Access denied for user 'root'@'localhost'", "db.auth"),
    ("sqlite3 a.db x", "Exit code 1\nError: in prepare, no such column: y", "db.error"),
    ("npx prisma migrate deploy", "Exit code 1\nError: P3009\nmigrate found failed migrations in the target database", "db.error"),
    ("redis-cli get x", "Exit code 1\nNOAUTH Authentication required.", "db.auth"),
    ("python3 a.py", "Exit code 1\nTraceback (most recent call last):\n  File \"a.py\", line 1\nImportError: cannot import name 'x' from 'b' (/a/b.py)", "crash.python"),
    ("python3 a.py", "Exit code 1\nTraceback (most recent call last):\n  File \"a.py\", line 1\nImportError: cannot import name 'x' from 'b' (/v/site-packages/b.py)", "bash.env.module"),
];

#[test]
fn the_words_of_many_tools_are_known() {
    for (command, text, class) in [COMPILERS, TESTS, LINTERS, PACKAGES, GIT, SHELLS, WORLD].concat() {
        let call = format!("{{\"command\":{command:?}}}");
        for tool in ["Bash", "shell_command", "some_shell_nobody_knows"] {
            let words = Words { kind: "tool-result", tool, call: &call, text, ..Words::default() };
            let (findings, found) = diagnose(SHIPPED, words);
            let [disposition, cause] =
                [found.disposition, found.cause].map(|index| findings.names[index as usize].as_str());
            assert_eq!((disposition, cause), ("incident", class), "{command}: {text}");
        }
    }
}

/// A tool, what it says, and `disposition reason cause`.
#[rustfmt::skip]
const AGENTS: &[Row] = &[
    // OpenCode
    ("invalid", "The arguments provided to the tool are invalid: Model tried to call unavailable tool 'todo_write'. Available tools: bash, edit.", "incident tool.unknown"),
    ("edit", "The edit tool was called with invalid arguments: [\n  {\n    \"code\": \"invalid_type\"\n  }\n].\nPlease rewrite the input so it satisfies the expected schema.", "incident tool.input_invalid"),
    ("edit", "Error: oldString not found in content", "incident edit.no_match"),
    ("edit", "Error: Found multiple matches for oldString. Provide more surrounding lines in oldString to identify the correct match.", "incident edit.multi_match"),
    ("edit", "No changes to apply: oldString and newString are identical.", "incident edit.noop"),
    ("edit", "Error: File /a/b.ts has been modified since it was last read.", "incident edit.stale"),
    ("edit", "Error: You must read file /a/b.ts before overwriting it. Use the Read tool first", "incident edit.not_read"),
    ("read", "Error: File not found: /a/b.ts\n\nDid you mean one of these?", "incident read.missing"),
    ("read", "Error: Cannot read binary file: /a/b.bin", "incident read.binary"),
    ("read", "Offset 300 is out of range for this file (120 lines)", "incident read.range"),
    ("bash", "The user rejected permission to use this specific tool call.", "decision rejected perm.user_reject"),
    ("bash", "The user has specified a rule which prevents you from using this specific tool call.", "incident perm.rule"),
    ("bash", "Tool execution aborted", "decision interrupted perm.user_reject"),
    // Gemini CLI
    ("replace", "Failed to edit, could not find the string to replace. The exact text in old_string was not found.", "incident edit.no_match"),
    ("replace", "Failed to edit, expected 1 occurrence but found 3.", "incident edit.multi_match"),
    ("replace", "No changes to apply. The old_string and new_string are identical in file: /a/b", "incident edit.noop"),
    ("replace", "Failed to edit. Attempted to create a file that already exists.", "incident edit.exists"),
    ("read_file", "File path must be within one of the workspace directories: /a", "incident perm.rule"),
    ("read_file", "File not found: /a/b", "incident read.missing"),
    ("read_file", "Invalid parameters provided. Reason: params must have required property 'file_path'", "incident tool.input_invalid"),
    ("frobnicate", "Tool \"frobnicate\" not found in registry.", "incident tool.unknown"),
    ("run_shell_command", "Command: npm test\nDirectory: (root)\nStdout: (empty)\nStderr: sh: 1: jest: not found\nError: (none)\nExit Code: 127\nSignal: (none)", "incident shell.command_not_found"),
    ("run_shell_command", "[Operation Cancelled] Reason: User did not allow tool call", "decision rejected perm.user_reject"),
    ("run_shell_command", "Command substitution using $(), <(), or >() is not allowed for security reasons", "incident perm.rule"),
    // Copilot
    ("bash", "src/a.ts(3,5): error TS2322: Type 'a'\n<exited with exit code 2>", "incident compile.ts"),
    ("bash", "cat: x: No such file or directory\n<shellId: 0 completed with exit code 1>", "incident path.missing"),
    ("replace_string_in_file", "Could not find matching text to replace. Try making your old_string more unique.", "incident edit.no_match"),
    ("multi_replace_string_in_file", "String replacement failed: Could not find matching text to replace.", "incident edit.no_match"),
    ("read_file", "ERROR: Your input to the tool was invalid (must have required property 'filePath')", "incident tool.input_invalid"),
    ("bash", "The user rejected this tool call.", "decision rejected perm.user_reject"),
    ("bash", "Permission denied and could not request permission from user", "incident perm.rule"),
    ("str_replace_editor", "No replacement was performed, old_str `x` did not appear verbatim in /a/b.", "incident edit.no_match"),
    ("create", "Path already exists as a file", "incident edit.exists"),
    // Codex
    ("shell", "failed in sandbox LinuxSeccomp with execution error: sandbox denied exec error, exit code: 127, stdout: , stderr: bash: line 1: rg: command not found\n", "incident shell.command_not_found"),
    ("shell", "failed in sandbox MacosSeatbelt with execution error: sandbox denied exec error, exit code: 1, stdout: , stderr: touch: /x: Operation not permitted\n", "incident permission.denied"),
    ("shell_command", "Exit code: 1\nWall time: 0 seconds\nOutput:\n/opt/brew/shellenv.sh: line 18: /bin/ps: Operation not permitted\ncat: x: No such file or directory\n", "incident path.missing"),
    ("shell", "apply_patch verification failed: Failed to find expected lines in /a/b.rs:\nfn main() {", "incident edit.no_match"),
    ("shell", "error: patch rejected: writing outside of the project; rejected by user approval settings", "incident perm.rule"),
    ("exec_command", "exec command rejected by user", "decision rejected perm.user_reject"),
    ("shell", "aborted by user after 12.3s", "decision interrupted perm.user_reject"),
    ("write_stdin", "write_stdin failed: Unknown process id 7", "incident tool.stale_id"),
    ("view_image", "unable to locate image at `/a/b.png`: No such file or directory (os error 2)", "incident read.missing"),
    ("exec", "Script completed\nWall time 0.2 seconds\nOutput:\n{\"chunk_id\":\"a3\",\"exit_code\":2,\"output\":\"unknown command \\\"statuss\\\"\"}", "incident cli.usage"),
    ("exec_command", "Command: /bin/bash -lc ./build.sh\nChunk ID: 4c\nWall time: 0.1 seconds\nProcess exited with code 1\nOriginal token count: 40\nOutput:\na.go:9:2: no required module provides package golang.org/x/term; to add it:", "incident pkg.go"),
    ("bash", "{\"content\": \"xargs: command line cannot be assembled, too long\\n<exited with exit code 1>\", \"detailedContent\": \"x\"}", "incident cli.usage"),
    ("powershell", "Start-Process: \nLine |\n   6 |  $proc = Start-Process\n     | This command cannot be run\n<exited with exit code 1>", "incident shell.powershell"),
    ("developer__shell", "src/a.ts(3,5): error TS2322: no\n\nCommand exited with code 2", "incident compile.ts"),
    ("Bash", "Exit code 1\nTraceback (most recent call last):\n  File \u{1b}[35m\"/a/b.py\"\u{1b}[0m, line \u{1b}[35m215\u{1b}[0m\n\u{1b}[1;35mKeyError\u{1b}[0m: \u{1b}[35m'x'\u{1b}[0m", "incident crash.python"),
    // Claude Code
    ("Bash", "claude-x-1 is temporarily unavailable, so auto mode cannot determine the safety of Bash right now.", "incident api.overload"),
    ("Bash", "Auto mode cannot determine the safety of this command: the answer could not be read.", "incident perm.undecided"),
    ("Edit", "Auto mode could not evaluate this action and is blocking it for safety", "incident perm.undecided"),
    ("Bash", "kimi-k2 is temporarily unavailable, so auto mode cannot determine the safety of Bash right now", "incident api.overload"),
    // Others
    ("write_to_file", "Missing value for required parameter 'path'. Please retry with complete response.", "incident tool.input_invalid"),
    ("apply_diff", "No sufficiently similar match found at line: 3 (81% similar, needs 100%)", "incident edit.no_match"),
    ("execute_command", "The user denied this operation.", "decision rejected perm.user_reject"),
];

#[test]
fn the_words_of_many_agents_are_known() {
    for (tool, text, answer) in AGENTS {
        let words = Words { kind: "tool-result", tool, text, ..Words::default() };
        let said = say(SHIPPED, words);
        assert!(said.starts_with(&format!("{answer} ")), "{tool}: {text}\n{said}");
    }
}

/// A command, what the agent said, what it says, and the reason why that is benign.
#[rustfmt::skip]
const BENIGN: &[(&str, &str, &str, &str)] = &[
    ("rg --files -g '*.x'", "", "Exit code: 1\nWall time: 0.1 seconds\nOutput:\n/opt/brew/shellenv.sh: line 18: /bin/ps: Operation not permitted\n", "no-match"),
    ("bash -lc 'grep -rn needle src'", "", "Exit code 1\n", "no-match"),
    ("which npm", "", "Error: command not found: npm", "not-there"),
    ("command -v npm", "", "Exit code 1\n", "not-there"),
    ("ls go.mod", "Confirm the presence of go.mod", "Exit code 2\nls: cannot access 'go.mod': No such file or directory", "not-there"),
    ("cat > a.py <<'EOF'\nimport pytest\nEOF\ngrep -c x a.py", "", "Exit code 1\n", "no-match"),
    ("go test ./...", "Now breaking the guard on purpose.", "Exit code 1\n--- FAIL: TestX (0.00s)\nFAIL\ta\t0.1s", "expected"),
    ("cp a.go a.go.bak && sed -i s/a/b/ a.go; go test ./... ; cp a.go.bak a.go && mv a.go.bak /tmp; go test ./...", "", "--- FAIL: TestX (0.00s)\nFAIL\ta\t0.1s\nok  \ta\t0.1s", "expected"),
];

#[test]
fn what_was_to_be_expected_is_benign() {
    for (command, before, text, reason) in BENIGN {
        let call = format!("{{\"command\":{command:?}}}");
        let words = Words { kind: "tool-result", tool: "Bash", call: &call, before, text, attributes: &[] };
        let said = say(SHIPPED, words);
        assert!(said.starts_with(&format!("benign {reason} ")), "{command}: {text}\n{said}");
    }
}

#[test]
fn a_command_stands_in_a_script_too() {
    for call in [
        r#"text(await tools.exec_command({"cmd":"frob --all"}))"#,
        r#"await tools.exec_command({cmd: "frob --all", workdir: "/a"})"#,
        "await tools.exec_command({ cmd: 'frob --all' })",
        "await tools.exec_command({ cmd: `frob --all` })",
    ] {
        let words =
            Words { kind: "tool-result", tool: "exec", call, text: "Script failed\nOutput:\n", ..Words::default() };
        assert_eq!(say(SHIPPED, words), "incident bash.exit agent bash.exit:frob", "{call}");
    }
}

#[test]
fn a_description_tells_the_purpose_as_well() {
    let call = r#"{"command":"cargo test","description":"Break the guard to prove it fails"}"#;
    let text = "Exit code 101\ntest result: FAILED. 0 passed; 1 failed";
    let words = Words { kind: "tool-result", tool: "Bash", call, text, ..Words::default() };
    assert_eq!(say(SHIPPED, words), "benign expected test.failed agent");
}
