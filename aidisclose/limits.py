"""Every cap on untrusted input, each with the attack that it stops.

The numbers follow the reference implementation where it has one, so that no file which it accepts
is refused here for its size alone.
"""

from __future__ import annotations

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB

#: Files up to this size are read once and worked on in memory, larger ones are streamed. Keeps
#: the memory of `--jobs N` at N × a few times this.
IN_MEMORY: Final = 8 * MIB

#: Bytes copied or hashed between two looks at the other thread: large enough that switching costs
#: nothing, small enough that the copy stays in the processor's cache until it is hashed. In process
#: it took less time than 2 MiB beside a busy process; whole programs differ by less than the noise.
CHUNK: Final = 1 * MIB

#: A manifest store is held in memory; a declared length of terabytes must not be allocated. A
#: history of 300 edits with thumbnails of 100 KiB has half of it.
STORE_SIZE: Final = 64 * MIB

#: Bytes of a damaged file in which traces of a manifest store are looked for, some two seconds.
DAMAGED_SIZE: Final = 2048 * MIB

#: Bytes of one line of a receipt: what was found in one file. Receipts are read line by line.
RECEIPT_LINE: Final = 4 * MIB

#: Files of a receipt that a page shows one by one.
RECEIPT_ENTRIES: Final = 100

#: Nested superboxes: parsing recurses, so unbounded depth is a stack overflow.
JUMBF_DEPTH: Final = 32

#: Boxes in one store: one of empty 8-byte boxes would become millions of objects. An assertion has
#: three, and reports have room for what is said of 12,000.
JUMBF_BOXES: Final = 100_000

#: Bytes of a label: the URI in every status and every report repeats it. C2PA's own have below 130,
#: those of other vendors a domain name more.
JUMBF_LABEL: Final = 256

#: Nested CBOR containers in a claim or assertion: the same stack overflow.
CBOR_DEPTH: Final = 64

#: Values in all claims, assertions and signatures of one file: a one-byte list becomes an object of
#: 60 bytes, and a compressed store of 4 KB can hold ten million of them.
CBOR_VALUES: Final = 1_000_000

#: Bytes of all that is decoded as CBOR or JSON in one file: text takes up to four times as much in
#: memory, and programs that look at it make copies. Half a million hashes of parts of a film fit.
DECODED_SIZE: Final = 16 * MIB

#: Bytes of CBOR of one file whose values are not counted, for counting takes longer than decoding:
#: each is taken for a value.
CBOR_UNCOUNTED: Final = 256 * KIB

#: Size of a JSON assertion, whose text is copied several times. Media is never JSON.
JSON_SIZE: Final = 8 * MIB

#: Manifests in one store; every one of them costs signature checks.
MANIFESTS: Final = 1_000

#: Assertions in one manifest: each costs a hash and a lookup.
ASSERTIONS: Final = 100_000

#: Characters of a hash in a credential, written as a list of numbers.
DIGEST_TEXT: Final = 256

#: Ingredients of ingredients: validation recurses along them.
INGREDIENT_DEPTH: Final = 200

#: Text of all statuses of one file, as a report writes it: a hundred thousand assertions have two
#: or more each, and every ingredient repeats those of its manifest. 12,000 assertions fit.
STATUS_TEXT: Final = 3 * MIB

#: Characters of a JUMBF URI: those of labels as long and as deep as is permitted.
JUMBF_URI: Final = (JUMBF_DEPTH + 1) * (JUMBF_LABEL + 1)

#: Characters of the URI that a status is about; labels of C2PA make below 300.
STATUS_URL: Final = 1_000

#: Characters of what a status says and of the resource that it names: titles, URLs and labels of a
#: file may have megabytes.
STATUS_EXPLANATION: Final = 1_000

#: Bytes of decoded data in one document that shows a store in full.
SHOWN: Final = 2 * MIB

#: Bytes of boxes that are hashed for references: each of thousands of nested boxes would hash what
#: is in it again. A store has its assertions hashed on their own and with the manifest.
HASHED_BOXES: Final = 512 * MIB

#: Certificates in one x5chain or time-stamp token: path building tries combinations.
CERTIFICATES: Final = 32

#: Certificates between the signer and an anchor.
PATH_LENGTH: Final = 10

#: Signature checks that building one path may cost: a chain of look-alike intermediates multiplies.
PATH_CHECKS: Final = 100

#: Checks of signatures of one file, in those with keys of up to 4096 bits: a thousand manifests
#: with chains of their own, and RSA keys of 16,384 bits, would take minutes, not two seconds.
SIGNATURE_CHECKS: Final = 10_000

#: Bytes of all compressed manifests of one store after decompression: 1 MiB of Brotli becomes
#: a terabyte.
DECOMPRESSED: Final = 32 * MIB

#: Size of one certificate; the largest real ones (with many alternative names) stay below 100 KiB.
CERTIFICATE_SIZE: Final = 1 * MIB

#: RSA keys beyond this make one signature check take seconds.
RSA_BITS: Final = 16_384

#: Size of a trust list; that of the C2PA has 70 KiB.
TRUST_LIST_SIZE: Final = 8 * MIB

#: Size of a snapshot of trust lists; that of all official ones has 400 KiB.
TRUST_SNAPSHOT: Final = 16 * MIB

#: Certificates in one trust list; that of the C2PA has 30, those of web browsers 150.
TRUST_ANCHORS: Final = 5_000

#: Structural units of one media file (segments, chunks, boxes): one object each is kept, 32 MiB of
#: them, and looked at up to ten times. A day of video in fragments of two seconds, with `styp` and
#: `sidx`, has 173,000.
BLOCKS: Final = 200_000

#: Sub-blocks of a GIF that are not full, each of which is looked at: programs fill all but the
#: last of an image.
GIF_SUB_BLOCKS: Final = 4_000_000

#: Frames of one ID3v2 tag, and in all its chapters; those with every chapter and picture of a book
#: have a few thousand. `sign` looks at each ten times.
ID3_FRAMES: Final = 16_384

#: Manifest stores found in one file. One is permitted; of more, a few show what is wrong.
STORES: Final = 100

#: Directories of a TIFF file; a chain may otherwise run through all of a large one.
TIFF_DIRECTORIES: Final = 2_000

#: Entries of one TIFF directory: BigTIFF can declare 2⁶⁴. libtiff reads no more than this either.
TIFF_ENTRIES: Final = 4_096

#: Entries of all of them: each is looked at five times. 2,000 pages of a microscope have 50,000.
TIFF_FIELDS: Final = 250_000

#: Exif data of one picture whose thumbnails are looked for, and bytes of each: a segment of a JPEG
#: has 64 KiB at most, other formats have one of a few.
EXIF_PARTS: Final = 16
EXIF_SIZE: Final = 1 * MIB

#: Entries of all directories of one part, which may overlap: cameras write some hundred.
EXIF_ENTRIES: Final = 100_000

#: Strips and tiles of a TIFF file, whose places are looked at: directories may share a long list.
#: A scan of 500 megapixels in tiles of 64 has 120,000.
TIFF_PIECES: Final = 1024 * KIB

#: Boxes of a JPEG XL file: a progressive one has a few hundred.
JXL_BOXES: Final = 65_536

#: Length of one XML tag: an attribute may hold a whole embedded picture, and parsers hold it five
#: times. A quarter, where characters may be that take four bytes.
XML_TAG: Final = 24 * MIB

#: Length of a document type declaration; those of drawing programs have 2 KiB.
XML_DOCTYPE: Final = 64 * KIB

#: How much of the end of an XML file is searched for the end of its root element.
XML_EPILOG: Final = 64 * KIB

#: Characters that entities make more of an XML file than it has, and elements of a file that
#: declares any: drawings of Illustrator have some ten thousand.
XML_EXPANSION: Final = 16 * MIB
XML_ELEMENTS: Final = 250_000

#: Tags of an SVG, and pieces of its markup and text that are compared before it is written; maps
#: have some hundred thousand paths.
XML_MARKUP: Final = 1_000_000

#: Names of elements and attributes of an SVG, which parsers keep; drawings have some hundred.
XML_NAMES: Final = 20_000

#: Characters of an SVG with which a reference to another file may begin: to look at one takes a
#: tenth of a microsecond. Drawings with 100 MB of embedded pictures have 20 million.
XML_CANDIDATES: Final = 24 * 1024 * KIB

#: Attributes of one element of an SVG that is written, all of which are held at once.
XML_ATTRIBUTES: Final = 20_000

#: Characters of an SVG that are written as references or escapes of CSS. Each is replaced, which
#: would take minutes in a large file of nothing else.
XML_ESCAPES: Final = 4_000_000

#: Nested XML elements; drawings have below 100.
XML_DEPTH: Final = 1_000

#: Prefixes for the same namespace, copied with every element that declares another one.
XML_PREFIXES: Final = 16

#: Length of a namespace in which references are expanded, and of what they expand to.
XML_NAMESPACE: Final = 256

#: Nested boxes and chunks of a media container.
CONTAINER_DEPTH: Final = 32

#: Time-stamp tokens looked at in one signature: each costs a chain and a signature check.
TIMESTAMPS: Final = 8

#: Signatures of earlier manifests that one update has time-stamped: each asks an authority.
TIMESTAMPS_ADDED: Final = 32

#: Bytes that signing may leave free behind a store for later updates.
UPDATE_ROOM: Final = 1 * MIB

#: Size of one time-stamp token; real ones are below 10 KiB.
TIMESTAMP_SIZE: Final = 1 * MIB

#: Bytes reserved in a signature for a time stamp: those with long chains of RSA certificates have
#: 8 KiB. The reference reserves as much.
TIMESTAMP_ROOM: Final = 10_000

#: Exclusion ranges in one hash assertion: hashing seeks once for each.
EXCLUSIONS: Final = 10_000

#: A manifest definition or credentials file given by the user: not hostile, but not a device file.
USER_FILE: Final = 64 * MIB

#: A JSON text that the user or somebody else's server gives, and the values in it: an empty list
#: of two bytes takes 64, and letters of some scripts make all of a text take four times as much. A
#: baseline of 100,000 findings has 900,000.
JSON_TEXT: Final = 16 * MIB
JSON_VALUES: Final = 2_000_000

#: A .gitignore of a folder that is searched, in bytes; what is behind is not looked at.
IGNORE_FILE: Final = MIB

#: One pattern in it, in characters.
IGNORE_LINE: Final = 1_000

#: Stars between two slashes of a pattern: matching takes the length of a name to that power.
IGNORE_STARS: Final = 2

#: Patterns that count for one file, and those of them with several stars: each is tried.
IGNORE_PATTERNS: Final = 5_000
IGNORE_STARRED: Final = 100

#: Stars in the path of a policy's requirement, between two slashes: matching takes the length of a
#: name to that power, and a policy may be a stranger's.
POLICY_STARS: Final = 3

#: A settings file, which may be a stranger's: one of 1 MiB can take minutes to parse.
SETTINGS_SIZE: Final = 256 * KIB

#: Parts of a dotted key in a settings file: tomllib takes quadratic time for `a.a.a.…`, for 32 KiB
#: of it longer than a user waits.
KEY_PARTS: Final = 32

#: An INTEGER in DER; the longest that is read as a number is a serial number. Turning a long one
#: into decimal digits takes quadratic time.
INTEGER_SIZE: Final = 64

#: An OBJECT IDENTIFIER in DER, for the same reason.
OID_SIZE: Final = 64

#: Entries of one list in a certificate, time stamp or OCSP response: extensions, purposes,
#: attributes. A megabyte of two-byte entries would take a second to walk.
DER_ENTRIES: Final = 64

#: Certificates whose parsed form, profile and signature checks are remembered.
CERTIFICATE_CACHE: Final = 256

#: Larger certificates are read anew each time, so that the memory of the cache stays bounded.
CACHED_CERTIFICATE_SIZE: Final = 8 * KIB

#: Size of one OCSP response; real ones are below 10 KiB.
OCSP_SIZE: Final = 256 * KIB

#: All OCSP responses of one signature, and all that manifests bring for others: a thousand real
#: ones fit. More is a failure, not passed over: one of them could say "revoked".
OCSP_TOTAL: Final = 4 * MIB

#: Size of one certificate revocation list; those of large authorities have some hundred KiB.
CRL_SIZE: Final = 8 * MIB

#: Answers about revocation that are kept while many files are verified; revocation lists are large.
REVOCATION_ANSWERS: Final = 64

#: Certificates looked at in one OCSP response; one is needed.
OCSP_CERTIFICATES: Final = 4

#: Public exponents of RSA beyond this make a check up to a hundred times slower; those in use are
#: 65537 or smaller, and other verifiers draw the line at this size too.
RSA_EXPONENT_BITS: Final = 32

#: Text of one attribute of a name, and attributes, that are shown; X.509 allows 64 characters for
#: a common name, but nothing enforces it, and a megabyte would flood the terminal.
NAME_TEXT: Final = 1 * KIB
NAME_ATTRIBUTES: Final = 32

#: Chunk indexes of one AVI file, about one per stream and GiB: each costs a read elsewhere.
AVI_INDEXES: Final = 65_536

#: Chunks of an AVI that are looked at to learn what the chunks of its streams are called.
AVI_FRAMES: Final = 4_096

#: Entries in all chunk indexes of one AVI file; 8 Mi are a day of video at 60 frames a second.
AVI_INDEX_ENTRIES: Final = 8 * 1024 * KIB

#: Tables of absolute offsets of one ISO media file; they are rewritten in memory, unlike the rest
#: of the file. Ten hours of video with one offset a frame have 17 MiB.
OFFSET_TABLES: Final = 32 * MIB

#: Samples and chunks of all tracks of one ISO media file, and three for each run of chunks, whose
#: places are looked at: 16 bytes of memory and a fifth of a microsecond each. A day of video at 60
#: frames a second, with sound, has 9 million.
SAMPLES: Final = 10 * 1024 * KIB

#: A box that says something of each item of an ISO media file (`iloc`, `iinf`, `iref`): each is
#: looked at on its own. A picture has some 100.
ITEM_TABLE: Final = 4 * MIB

#: Items of a picture, and what they have to do with each other; of large tiles, it has some 1,000.
ITEMS: Final = 32_768

#: Entries and extents of `iloc`, which take 8 bytes and 15 microseconds each; and the items that
#: others describe, by `iref`. Pictures have one extent an item.
ITEM_PARTS: Final = 131_072

#: Entries of the exclusion list of a BMFF hash; each is looked up in the whole file. Real ones
#: have below 20.
BOX_RULES: Final = 256

#: Bytes that such an entry compares with each box: to tell types of boxes apart, 16 are enough.
BOX_DATA: Final = 4 * KIB

#: Boxes that the entries of such a list look at together, parts of boxes that they name, and
#: comparisons with the content: a list may name a million boxes with each of its entries, and
#: compare each a thousand times.
EXCLUDED_BOXES: Final = 1_000_000

#: Boxes that all paths of one file lead through: `/moov/trak/tkhd` may pass 400,000 tracks, and
#: there may be ten thousand such paths. A day of fragments of a second has 90,000 boxes a level.
PATH_BOXES: Final = 4_000_000

#: Leaves of all Merkle trees of one file: each costs a digest, and a leaf may be one byte. The
#: reference stops at 32 MiB of SHA-256 hashes.
MERKLE_LEAVES: Final = 1_048_576

#: Size of an XMP packet; those with a long editing history have a few MiB.
XMP_SIZE: Final = 16 * MIB

#: Nested elements of an XMP packet; the standard's own structures need below 20.
XMP_DEPTH: Final = 100

#: Elements of an XMP packet: 16 MiB have half a million, each of which is a call. A history of a
#: thousand edits has 10,000.
XMP_ELEMENTS: Final = 100_000

#: Characters of one XMP property that are read, such as a prompt.
XMP_VALUE: Final = 64 * KIB

#: Attributes of one element, whose names and values are held at once: each takes some 500 bytes.
#: Adobe's programs write some dozens.
XMP_ATTRIBUTES: Final = 20_000

#: Lines about AI in comments, and the length of all labels of GB 45438 of a file: one label of
#: 1 MiB may have fields that take 25 MiB. Files have one or two of either.
REMARKS: Final = 1_000
LABELS_SIZE: Final = 1 * MIB

#: Packets besides the first of a file, and how much of it is searched for those that no index
#: names: each is parsed, and a file may consist of them.
PACKETS: Final = 16
PACKET_SEARCH: Final = 64 * MIB

#: As much of a file as is searched for mentions of AI if its manifest says that there was none: it
#: costs about what the hash does.
MENTION_SEARCH: Final = 256 * MIB
#: Characters of names of programs in a manifest, and of what its actions say, that are searched for
#: generators: it takes 0.7 s.
NAMES_SIZE: Final = MIB
#: The names of such properties that are looked at: a file may consist of them.
MENTIONS: Final = 10_000
#: Words such as "software" that are passed over: 28 million of them took ten seconds.
PROGRAM_WORDS: Final = 200_000

#: Named texts in one list of them, as in Vorbis comments.
TEXTS: Final = 1_000

#: Comments of a FLAC or Ogg file that is written: one object each is kept. Long recordings have two
#: for each of 999 chapters.
COMMENTS: Final = 65_536

#: Streams of an Ogg file that begin it; films have one for each language.
OGG_STREAMS: Final = 1_000

#: Pages that hold the headers of an Ogg stream, which are rewritten in memory: 33 MB with pictures.
OGG_HEADER_PAGES: Final = 512

#: How much of a named text (PNG, ID3, Vorbis, RIFF) is looked at, and of all in one file: each can
#: be compressed a thousand times. The first is also for all lists of a RIFF file that is written.
TEXT_SIZE: Final = 1 * MIB
TEXTS_SIZE: Final = 16 * MIB
#: Directories of a block of Exif, of 256 entries each, and such blocks in items or boxes of a file:
#: looking at as many takes a second.
EXIF_DIRECTORIES: Final = 64
EXIF_BLOCKS: Final = 64

#: Nested arrays, dictionaries and name trees of a PDF: parsing recurses.
PDF_DEPTH: Final = 64

#: Nodes of the tree that names the embedded files of a PDF. Programs put some dozens of files into
#: each.
PDF_NODES: Final = 10_000

#: Pages of a PDF, and nodes of their tree, of which actions are looked for: a tree may be a loop.
PDF_PAGES: Final = 100_000

#: Updates of one PDF file, each of which names all objects anew.
PDF_SECTIONS: Final = 500

#: Bytes of PDF objects and cross-references looked at in one file, decompressed ones included: a
#: stream can be a bomb, and updates can share their objects. Two million objects stay below.
PDF_PARSED: Final = 16 * MIB

#: Bytes of PDF objects that are parsed out of decoded streams of them.
PDF_PACKED: Final = 8 * MIB

#: Bytes of PDF objects whose ends cannot be seen without parsing them, such as long arrays: each is
#: parsed up to four times.
PDF_UNUSUAL: Final = 4 * MIB

#: Objects of a PDF to which no cross-reference leads: each is looked at as readers of a damaged
#: file do.
PDF_HIDDEN: Final = 100_000

#: The directory of a ZIP archive, which is read at once, and its entries: an object is kept for
#: each, and 40 microseconds spent. As many as archives without ZIP64 can have.
ZIP_DIRECTORY: Final = 8 * MIB
ZIP_ENTRIES: Final = 65_536

#: Bytes that the entries of a ZIP archive are decoded to, to see where they end: a thousand times
#: its size otherwise. What lies beyond is not looked at.
ZIP_INFLATED: Final = 256 * MIB

#: A manifest store that is fetched: whoever made the file chose the server, which may send forever.
REMOTE_STORE_SIZE: Final = 32 * MIB

#: Seconds for that, redirects and looking up names included.
REMOTE_STORE_TIME: Final = 30.0

#: Documents of issuers of credentials (did:web) that are fetched for one file, which may name any
#: number of web sites; with `DID_TIME` it bounds how long a file can take.
DID_DOCUMENTS: Final = 4

#: One of them; whoever made the file chose the server.
DID_DOCUMENT_SIZE: Final = 256 * KIB

#: Characters of an identifier that holds its key (did:jwk): one of ML-DSA-87 has 5,000.
DID_KEY: Final = 32 * KIB

#: Seconds for one, redirects and looking up names included.
DID_TIME: Final = 10.0

#: Seconds for which an answer counts: an issuer can withdraw a key.
DID_MEMORY: Final = 300.0

#: Answers that are remembered.
DID_ANSWERS: Final = 64

#: Lists of revoked credentials (Bitstring Status List) that are fetched for one file, which may
#: name any number of them; each is at most `DID_DOCUMENT_SIZE` bytes.
STATUS_LISTS: Final = 4

#: Entries of one: a few kilobytes can be unpacked to any length.
STATUS_LIST_ENTRIES: Final = 16 * 1024 * 1024

#: Files that are labelled: they are decoded in memory.
LABELLED: Final = 512 * MIB

#: Pixels of all frames of a picture that is labelled: they are in memory together, and a GIF of a
#: thousand million has a file of a megabyte.
LABELLED_PIXELS: Final = 200_000_000

#: Pixels of a picture in which the labels of a record are looked for: Pillow takes four bytes for
#: each, and a picture of 90 million has a file of 200 kilobytes.
NOTICE_PIXELS: Final = 45_000_000

#: Font files that are looked at for the characters of a label; systems have up to 3,000.
FONTS: Final = 10_000

#: Fonts in one file, and bytes of a font's table of characters; the largest have 12 and 400 KiB.
FONT_FACES: Final = 64
FONT_CMAP: Final = 4 * MIB

#: Attempts to make the text of a label fit.
LABEL_STEPS: Final = 8

#: Object storage: places that are kept open, and seconds for one request, after which it is made
#: again. A service that sends nothing must not stop a run.
SERVICES: Final = 64
STORAGE_TIME: Final = 60.0

#: Files of web servers, which may be anybody's: bytes of one; bytes a second that it has to send;
#: and seconds that it may take beyond that, in all.
WEB_SIZE: Final = 16 * 1024 * MIB
WEB_RATE: Final = 64 * KIB
WEB_TIME: Final = 30.0

#: Seconds to wait for the scheduler of a cluster, and its first worker; processes of `local:N`.
CLUSTER_TIME: Final = 30.0
CLUSTER_LOCAL: Final = 256

#: Values of one kind that a summary counts apart: signers and folders of hostile files are endless.
SUMMARIZED: Final = 100_000

#: When to look for garbage, as `gc.set_threshold` takes it: importing and parsing make many objects
#: and few cycles, and to look every 700 objects, as is usual, costs a twentieth of the time.
GARBAGE: Final = (50_000, 10, 10)
#: Value of one soft binding: an ISCC sequence has 136 bytes, a watermark below 20.
SOFT_BINDING_SIZE: Final = 4 * KIB

#: Name of its algorithm, in characters; registered ones have below 40.
SOFT_BINDING_NAME: Final = 128

#: Soft bindings of one manifest that are looked at: each is a search.
SOFT_BINDINGS: Final = 64

#: Pixels of a picture that is decoded for its fingerprint: 300 to 430 MB in memory; of
#: WebP, which take twice that, half as many.
FINGERPRINT_PIXELS: Final = 50_000_000

#: Frames of a film that are looked at for its fingerprint: two hours of five a second.
FINGERPRINT_FRAMES: Final = 36_000

#: Another program that prepares a fingerprint: its seconds, by the bytes that it reads, between a
#: least and a most; and the bytes of its address space, and of a file that it writes. A film of 8K
#: takes half of that memory.
FINGERPRINT_LEAST_TIME: Final = 20.0
FINGERPRINT_RATE: Final = 1 * MIB
FINGERPRINT_TIME: Final = 600.0
FINGERPRINT_MEMORY: Final = 1024 * MIB
FINGERPRINT_WRITTEN: Final = 128 * MIB

#: Bytes of a text that gets a fingerprint.
FINGERPRINT_TEXT: Final = 16 * MIB

#: Bytes of a model that embeds or finds watermarks, which is read into memory; those of TrustMark
#: have 17 to 48 MB.
WATERMARK_WEIGHTS: Final = 512 * MIB

#: Ways of looking for one file that a server is asked about.
RESOLUTION_QUERIES: Final = 24

#: Seconds and bytes that its answer to one of them may take.
RESOLUTION_TIME: Final = 15.0
RESOLUTION_ANSWER: Final = 1 * MIB

#: Seconds that a search at a server may take, with all queries, and all manifests that it names.
RESOLUTION_TOTAL: Final = 60.0

#: Seconds of a processor for finding fingerprint and watermarks of a file that a stranger sent, and
#: how many such files are examined at once.
TRACE_TIME: Final = 20.0
TRACES: Final = 2

#: Candidates that one search returns at most.
CANDIDATES: Final = 100

#: Verification service: bytes of one upload, and of all that are on disk at once; more are refused
#: until others have ended. Operators may set both.
UPLOAD_SIZE: Final = 100 * MIB
SPOOL_SIZE: Final = 2048 * MIB

#: Bytes of a file that is fetched for a visitor: it is held in memory while it comes.
FETCHED_SIZE: Final = 32 * MIB

#: Uploads that come at once, and fetches; each may be slow, and costs little while it is.
UPLOADS: Final = 256
FETCHES: Final = 16

#: Uploads that wait for each worker: at 30 files a second, the last one waits a third of a second.
#: On a machine that is slower now fewer wait, so that none waits for more than so many seconds.
WAITING: Final = 10
WAITING_TIME: Final = 0.4

#: Uploads for each worker that began within so many seconds and still come: of a flood, the rest is
#: refused at once, so that those are soon there. Slower ones are not counted any more.
FRESH: Final = 10
FRESH_TIME: Final = 1.0

#: Bytes of an upload that are held in memory before they are written: writing is a thread's work.
UPLOAD_BUFFER: Final = 256 * KIB

#: Bytes of an upload besides the file: boundaries, headers and the other fields of a form.
FORM_SIZE: Final = 64 * KIB

#: Bytes that a worker may answer: a page has at most 2 MiB, the JSON of a report a few.
WORKER_ANSWER: Final = 16 * MIB

#: Files after which a worker is replaced, so that no leak of a library adds up.
WORKER_FILES: Final = 2_000

#: Descriptors of a worker: its connection, the file, modules that are being imported.
WORKER_DESCRIPTORS: Final = 64

#: Seconds for the head of a request, between two pieces of an upload, for all of it, for fetching
#: an address, and from the head of a request to the last byte of its response. Clients that are
#: slower would hold connections.
HEAD_TIME: Final = 15.0
STALL_TIME: Final = 15.0
UPLOAD_TIME: Final = 120.0
FETCH_TIME: Final = 20.0
EXCHANGE_TIME: Final = 300.0

#: Connections of the service; each costs a descriptor, and another one for its upload.
CONNECTIONS: Final = 1_000

#: Pictures on a page: side of the file's own and of thumbnails, and how many thumbnails there are.
PICTURE_SIDE: Final = 512
THUMBNAIL_SIDE: Final = 256
THUMBNAILS: Final = 20

#: Bytes of a picture that is shown, and of all thumbnails that are decoded for one page.
PICTURE_SIZE: Final = 32 * MIB
PICTURES_SIZE: Final = 16 * MIB

#: Pixels of a picture that is decoded, and of a JPEG that is decoded at an eighth of its size; all
#: of a progressive one is decoded. Cameras make 100 million.
THUMBNAIL_PIXELS: Final = 20_000_000
PICTURE_PIXELS: Final = 150_000_000

#: Bytes of thumbnails on one page, which has 2 MiB in all, and bytes of each other part of it.
PAGE_PICTURES: Final = 384 * KIB
PAGE_PART: Final = 192 * KIB

#: Scans of a progressive JPEG that is decoded: each costs as much as a whole picture, and takes a
#: few bytes. Encoders write about ten.
JPEG_SCANS: Final = 20

#: Files of one run whose pictures are shown: a page of a thousand would be one that nobody opens.
PICTURED_FILES: Final = 50

#: Seconds and bytes of address space of the process that decodes the pictures of one page.
PICTURES_TIME: Final = 10.0
PICTURES_MEMORY: Final = 1024 * MIB

#: Segments of one live stream, the session keys of one manifest, and of the signed information in
#: one segment how many there are, how large each is (a signature, a hash, an address), and how many
#: keys of one identifier are tried: strangers may give theirs the names of others.
LIVE_SEGMENTS: Final = 100_000
SESSION_KEYS: Final = 64
SEGMENT_INFOS: Final = 16
SEGMENT_INFO_SIZE: Final = 65_536
SEGMENT_KEYS: Final = 16
