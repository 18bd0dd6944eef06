"""Which texts hold secrets, which do not, and that places stay right."""

import base64
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ttpline.commands.mask import MASK, masked, masked_record, with_cuts
from ttpline.commands.mask_answer import masked_command, masked_prediction
from ttpline.domain.command import NormalisedCommand
from ttpline.domain.prediction import Evidence, ModelRef, Prediction, TechniqueScore, Verdict

SECRET = "Hunter2x"
HIDING = [
    "sshpass -p '§' ssh a@h",
    "sshpass -p§ ssh a@h",
    "sudo -u shop mysql -u root -p§ db",
    "bash -c 'mysql -p§ -e \"select 1\"'",
    'mysql -uroot -p"§" x',
    "m''ysql -p§",
    "mysql --password=§ -u root",
    "mysql --defaults-extra-file=x --password '§'",
    "cmd /c net user bob § /add",
    "net1 user bob §",
    r"net use z: \\srv\c$ § /user:bob",
    r"net use \\srv\c$ /user:bob §",
    "wmic /node:h /user:a /password:§ process list",
    "cmdkey /add:h /user:a /pass:§",
    r"psexec.exe \\h -u a -p § cmd",
    "xfreerdp /u:a /p:§ /v:h",
    "schtasks /create /tn a /tr b /ru c /rp §",
    "sc.exe config svc obj= a password= §",
    "plink.exe -ssh h -l root -pw § id",
    "echo 'root:§' | chpasswd",
    "echo § | sudo -S id",
    "echo § | docker login -u a --password-stdin",
    "docker login -u a -p § reg.example.com",
    "curl -u alice:§ http://example.com/",
    "curl -ualice:§ http://example.com/",
    'curl --user "alice:§" http://example.com/',
    "curl --proxy-user=alice:§ http://example.com/",
    "curl https://alice:§@example.com/a",
    "git clone https://alice:§@example.com/a.git",
    "curl 'https://example.com/?token=§&x=1'",
    "curl 'https://example.com/?a=b&sig=§'",
    'curl -H "Authorization: Bearer §§" https://example.com',
    "curl -H 'X-Api-Key: §' https://example.com",
    'curl -d \'{"user": "a", "password": "§"}\' https://example.com',
    'curl -d "{\\"user\\":\\"a\\",\\"password\\":\\"§\\"}" https://example.com',
    "PGPASSWORD=§ psql -h h",
    "export AWS_SECRET_ACCESS_KEY='§'",
    "env GITHUB_TOKEN=§ make",
    "docker run -e DB_PASSWORD=§ -p 80:80 x",
    'sqlcmd -Q "Server=h;User Id=sa;Password=§;"',
    "python3 psexec.py dom/u:§@h",
    "impacket-wmiexec dom/u:§@192.0.2.1",
    "openssl enc -aes-256-cbc -pass pass:§ -in a",
    "7z a -p§ x.7z dir",
    "smbclient -U 'bob%§' //h/s",
    "redis-cli -a § ping",
    "htpasswd -bc file bob §",
    "powershell -c \"$p = ConvertTo-SecureString '§' -AsPlainText -Force\"",
    '$p = ConvertTo-SecureString -String "§" -AsPlainText -Force',
    'New-LocalUser -Name bob -Password (ConvertTo-SecureString "§" -AsPlainText -Force)',
    "Set-Thing -Password § -User a",
    "[pscredential]::new(1); New-Object System.Net.NetworkCredential('bob', '§')",
    "mysql -e \"create user a identified by '§'\"",
    "aws configure set aws_secret_access_key §",
    "sqlplus system/§@db",
]
ORDINARY = [
    "mkdir -p /tmp/x",
    "ssh -p 22 a@h",
    "nmap -p 80 h",
    "cp -p a b",
    "docker run -p 80:80 x",
    "ps -p 1",
    "git push -u origin main",
    "ls -la /etc/passwd",
    "cat /etc/shadow",
    "passwd root",
    "kubectl get secret my-secret -o yaml",
    "kubectl create secret generic x",
    "powershell -ExecutionPolicy Bypass -File a.ps1",
    "net user",
    "net user bob /delete",
    "net user bob *",
    "net use z: /delete",
    "net localgroup administrators bob /add",
    "msbuild a.sln /p:Configuration=Release",
    "tar -cpf a.tar b",
    "rsync -avp a b",
    "grep -r password= /etc",
    "grep -i 'password' /var/log/auth.log",
    "curl -s https://example.com/a?b=1",
    'curl -u "$USER:$PASS" https://example.com',
    "apt-key add key.gpg",
    "echo $PWD",
    "PWD=/root ls",
    "unset PGPASSWORD",
    "find / -name '*.key'",
    "scp -P 22 a h:",
    "mysqldump --no-password x",
    "mysql --password -u root",
    "mysql -p shop",
    "mysql -p$PASS shop",
    "gpg --passphrase-file x a",
    "sudo -S id",
    "reg query HKLM /f password /t REG_SZ /s",
    "findstr /si password *.txt",
    "useradd -m -s /bin/bash bob",
    "export TOKEN=$(cat /run/token)",
    "Set-Thing -Password $password -User a",
    "$Password = Read-Host -AsSecureString",
    'for /F "tokens=1,2" %i in (a) do echo %i',
    "docker login -u a --password-stdin",
    "wget https://example.com/x.tar.gz -O /tmp/x",
    "sha256sum -c 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08.txt",
    "echo aGVsbG8gd29ybGQsIGhvdyBhcmUgeW91 | base64 -d",
]
SHAPES = [
    "AKIAIOSFODNN7EXAMPLE",
    "ghp_" + "a1B2" * 9,
    "github_pat_" + "a1B2" * 9,
    "xoxb-123456789012-abcdefABCDEF",
    "glpat-abcdefghij0123456789",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLWhlcmU",
    "$6$abcdefgh$" + "a1B2./" * 8,
    "aad3b435b51404eeaad3b435b51404ee:31d6cfe0d16ae931b73c59d7e0c089c0",
]


@pytest.mark.parametrize("command", HIDING)
def test_a_secret_is_replaced_and_nothing_else(command: str) -> None:
    shown = masked(command.replace("§", SECRET)).text
    assert SECRET not in shown
    assert shown.startswith(command.partition("§")[0])
    assert shown.endswith(command.rpartition("§")[2])


@pytest.mark.parametrize("command", ORDINARY)
def test_an_ordinary_command_stays_as_it_is(command: str) -> None:
    assert masked(command).text == command


@pytest.mark.parametrize("token", SHAPES)
def test_a_token_is_known_by_its_shape_wherever_it_stands(token: str) -> None:
    assert masked(f"deploy '{token}' now").text == f"deploy '{MASK}' now"


def test_of_a_private_key_only_the_marks_stay() -> None:
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA\n-----END OPENSSH PRIVATE KEY-----"
    assert masked(f"echo '{key}' > id").text.count("\n") == 0


def test_the_length_of_a_secret_does_not_show() -> None:
    assert masked("mysql -pa1").text == masked("mysql -p" + "a1" * 50).text


@pytest.mark.parametrize(
    "command",
    [
        "echo {} | base64 -d | sh",
        "powershell -enc {}",
        "unknown-program --payload {}",
    ],
)
def test_an_encoded_piece_with_a_secret_is_masked_as_a_whole(command: str) -> None:
    wide = "powershell" in command
    inner = "net user bob Hunter2x /add" if wide else "mysql -pHunter2x shop"
    encoded = base64.b64encode(inner.encode("utf-16-le" if wide else "utf-8")).decode()
    found = masked(command.format(encoded))
    assert encoded not in found.text
    assert any(command.format(encoded)[start:end].find(encoded) >= 0 for start, end in found.cuts)


def test_a_process_title_in_hex_is_masked_when_it_holds_a_secret() -> None:
    title = b"mysql\0-u\0root\0-pHunter2x".hex().upper()
    assert masked(f"type=PROCTITLE proctitle={title}").text == f"type=PROCTITLE proctitle={MASK}"
    harmless = b"mysql\0-u\0root\0--verbose".hex().upper()
    assert masked(f"type=PROCTITLE proctitle={harmless}").cuts == ()


WORDS = st.lists(
    st.sampled_from(
        ["mysql", "-p", "-pabc1", "--password=", "'", '"', "\\", " ", "=", ":", "@", "://", "a", "B2", "/", "|",
         ";", "&", "net user", "PASSWORD", "token", "Authorization: Basic ", "AKIA", "0000000000000000", "eyJ",
         ".", "$", "curl -u", "?", "\n", "echo", "sudo -S", "bXlzcWwgLXBodW50ZXIy", "base64 -d", "sh", MASK, "é",
         "-enc", "{", "}", "ConvertTo-SecureString", "-AsPlainText", "-hashes", "636363636363636363"]
    ), max_size=14,
).map("".join)  # fmt: skip


@given(WORDS | st.text(max_size=60))
@settings(max_examples=300, deadline=None)
@example("mysql -pab[masked]cd")
@example("--password='a\" b")
def test_masking_what_was_masked_changes_nothing(text: str) -> None:
    once = masked(text)
    assert masked(once.text).text == once.text


@given(WORDS, st.integers(0, 200), st.integers(0, 200))
@settings(max_examples=300, deadline=None)
def test_a_place_beside_the_secrets_shows_the_same_characters(text: str, start: int, length: int) -> None:
    start = min(start, len(text))
    end = min(start + length, len(text))
    found = masked(text)
    new_start, new_end = found.span((start, end))
    assert 0 <= new_start <= new_end <= len(found.text)
    if not found.holds((start, end)):
        assert found.text[new_start:new_end] == text[start:end]


@given(st.text("ab", max_size=30), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=4))
def test_a_place_that_touches_a_secret_takes_in_its_mask(text: str, cuts: list[tuple[int, int]]) -> None:
    found = with_cuts(text, [(min(a, len(text)), min(b, len(text))) for a, b in cuts])
    for start, end in found.cuts:
        for place in range(start, end):
            new_start, new_end = found.span((place, place + 1))
            assert found.text[new_start:new_end] == MASK
    assert found.span((0, len(text))) == (0, len(found.text))


@pytest.mark.parametrize(
    "piece",
    ["-p", '--password="', "a://b:", "'password':", "eyJa", "-H 'Cookie: ", '\\"', "Authorization: ", "--a-b-c-",
     "?token=", "net user a b ", "$1$", "'", "password", "key=", "curl -u a:b ;",
     "-----BEGIN PRIVATE KEY-----", "A_", "a." * 3],
)  # fmt: skip
def test_time_is_linear(piece: str) -> None:
    def seconds(characters: int) -> float:
        text = (piece * characters)[:characters]
        began = time.process_time()
        masked(text)
        return time.process_time() - began

    small, large = min(seconds(8_000), seconds(8_000)), seconds(64_000)
    assert large < 24 * small + 1


def test_evidence_keeps_its_places_and_loses_the_secret() -> None:
    text = "mysql -u root -pHunter2x shop"
    evidence = (
        Evidence("semantic", (0, 24), text[:24], "gives a password", 1.0),
        Evidence("text", (16, 24), "Hunter2x", "'Hunter2x' speaks for it", 1.0),
        Evidence("text", (25, 29), "shop", "'shop' speaks for it", 1.0),
    )
    score = TechniqueScore("T1078", None, "Valid Accounts", (), 0.5, evidence)
    found = masked(text)
    made = masked_prediction(Prediction(Verdict.ATTACK, 0.5, (score,), "18.1", ModelRef("m", "d")), found)
    pieces = made.techniques[0].evidence
    assert [found.text[slice(*piece.span)] for piece in pieces] == [piece.text for piece in pieces]
    assert [piece.text for piece in pieces] == [f"mysql -u root -p{MASK}", MASK, "shop"]
    assert pieces[1].why == f"'{MASK}' speaks for it"


def test_a_part_is_masked_as_the_whole_command_has_it() -> None:
    text = "echo Hunter2x | sudo -S id"
    command = masked_command(NormalisedCommand(text, text, (), ("echo Hunter2x", "sudo -S id")))
    assert command.parts == (f"echo {MASK}", "sudo -S id")
    assert command.original == command.text == f"echo {MASK} | sudo -S id"


@pytest.mark.parametrize(
    "record",
    [
        '{"process": {"command_line": "mysql -pHunter2x shop", "pid": 1}}',
        "<Data Name='CommandLine'>net user bob Hunter2x /add</Data>",
        "Mar  1 10:00:00 h sudo: bob : TTY=pts/0 ; COMMAND=/usr/bin/mysql -pHunter2x shop",
        "h,bob,mysql -pHunter2x shop,0",
        "Mar  1 10:00:00 h CRON[1]: (root) CMD (mysql -pHunter2x",
        "root@h:~# sshpass -p Hunter2x ssh a@h",
    ],
)
def test_a_command_inside_of_a_record_is_looked_at(record: str) -> None:
    shown = masked_record(record)
    assert "Hunter2x" not in shown
    assert shown.startswith(record[:10])
