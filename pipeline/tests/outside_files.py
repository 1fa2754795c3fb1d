"""Files as they come from outside, good ones and hostile ones, written by hand."""

from __future__ import annotations

import gzip
import io
import json
from html import escape
from pathlib import Path

from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, StreamObject


def write_jsonl(path: Path, *documents: dict[str, object]) -> Path:
    lines = "".join(json.dumps(document) + "\n" for document in documents).encode()
    path.write_bytes(gzip.compress(lines) if path.suffix == ".gz" else lines)
    return path


def entry(key: str, text: str = "Drink water and rest.", **more: object) -> dict[str, object]:
    return {
        "id": key, "title": f"About {key}", "text": text, "source": "A public body",
        "url": f"https://example.org/{key}", **more,
    }  # fmt: skip


def medlineplus(*topics: str) -> bytes:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE health-topics SYSTEM "mplus_topics.dtd">\n'
    return f"{head}<health-topics total='{len(topics)}'>{''.join(topics)}</health-topics>".encode()


def health_topic(key: str, title: str, summary: str, *, names: tuple[str, ...] = (), language: str = "English") -> str:
    also = "".join(f"<also-called>{escape(name)}</also-called>" for name in names)
    return (
        f'<health-topic id="{key}" title="{escape(title)}" url="https://example.org/{key}" language="{language}">'
        f"{also}<full-summary>{escape(summary)}</full-summary><group id='1'>A group</group></health-topic>"
    )


MEDQUAD = b"""<?xml version="1.0" encoding="UTF-8"?>
<Document id="0000077" source="A public body" url="https://example.org/gout">
<Focus>Gout</Focus>
<FocusAnnotations><UMLS><CUIs><CUI>C0018099</CUI></CUIs></UMLS>
<Synonyms><Synonym>Gouty arthritis</Synonym><Synonym>Podagra</Synonym></Synonyms></FocusAnnotations>
<QAPairs>
<QAPair pid="1"><Question qid="1" qtype="information">What is Gout ?</Question>
<Answer>Gout makes joints swell and hurt.</Answer></QAPair>
<QAPair pid="2"><Question qid="2" qtype="treatment">What are the treatments for Gout ?</Question>
<Answer></Answer></QAPair>
<QAPair pid="3"><Question qid="3" qtype="prevention">How to prevent Gout ?</Question>
<Answer>Drink plenty of water.</Answer></QAPair>
</QAPairs></Document>"""


def pdf(*pages: str, title: str = "", password: str = "") -> bytes:
    writer = PdfWriter()
    for text in pages:
        page = writer.add_blank_page(width=600, height=800)
        font = DictionaryObject(
            {NameObject(name): NameObject(value) for name, value in
             (("/Type", "/Font"), ("/Subtype", "/Type1"), ("/BaseFont", "/Helvetica"))}
        )  # fmt: skip
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): writer._add_object(font)})}
        )
        shown = " ".join(f"({line}) Tj 0 -14 Td" for line in text.split("\n"))
        stream = StreamObject()
        stream.set_data(f"BT /F1 12 Tf 50 700 Td {shown} ET".encode())
        page[NameObject("/Contents")] = writer._add_object(stream)
    if title:
        writer.add_metadata({"/Title": title})
    if password:
        writer.encrypt(password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


ENTITY_BOMB = b"""<?xml version="1.0"?><!DOCTYPE health-topics [
<!ENTITY a "aaaaaaaaaaaaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;">
]><health-topics><health-topic id="1" title="x" language="English"><full-summary>&c;</full-summary></health-topic>
</health-topics>"""
OUTSIDE_ENTITY = b"""<?xml version="1.0"?><!DOCTYPE health-topics [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<health-topics><health-topic id="1" title="x" language="English"><full-summary>&a;</full-summary></health-topic>
</health-topics>"""
