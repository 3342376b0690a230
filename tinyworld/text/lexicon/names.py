"""People and places, all of them invented or common; a name fixes a gender."""


def _words(line: str) -> tuple[str, ...]:
    return tuple(line.split())


WOMEN = _words(
    "Ada Alma Anna Bela Cora Dina Edda Elsa Emma Fara Flora Gina Greta Hana Helga Ida Ines "
    "Iris Jana Judith Karin Kira Lena Lila Lucia Mara Mira Mona Nadia Nell Nina Nora Olga "
    "Paula Petra Rita Rosa Ruth Sara Selma Sofia Tara Tilda Una Vera Wanda Yara Zelda Zoe "
    "Agnes Beatrice Clara Dora Esther Freya Harriet Ivy Josephine Matilda"
)
MEN = _words(
    "Abel Adam Anton Basil Boris Bruno Cyril Dario David Emil Ezra Felix Fritz Gus Hans Hugo "
    "Igor Ivan Jonas Julius Karl Kurt Leo Levi Lorenz Luca Magnus Marco Max Milo Nils Noah "
    "Oscar Otto Paul Pedro Peter Quentin Ralf Ravi Samuel Sven Theo Tim Tobias Ugo Victor "
    "Walter Yusuf Arthur Conrad Edgar Frank Gilbert Humphrey Isaac Jasper Kofi Ludwig Rufus"
)
SURNAMES = _words(
    "Abbot Alder Barlow Birch Brook Calder Carver Cole Dale Drake Ellery Fairfax Fenn "
    "Fletcher Forde Garner Glover Hale Harding Heath Holt Hooper Ives Jessop Keller Knox Lark "
    "Lindqvist Marsh Mercer Moor Nash Norden Oakes Ortega Park Penrose Quill Ramsey Reed "
    "Rowan Sadler Sharp Slate Stone Tanner Thorne Underhill Vale Vance Wainwright Ward Weaver "
    "Wells Winter Yarrow Zander Finch Hollis"
)
TOWNS = _words(
    "Aldwick Amberton Ashby Bramble Brightwater Caldercross Coldharbour Copperfield Crowhaven "
    "Dunmere Eastmoor Elmstead Fallowdale Ferrybank Foxley Glimmerford Greywick Harrowgate "
    "Heatherby Hollowell Ivybridge Kelton Kingsmead Larkhill Littlebrook Longmarsh Maplewood "
    "Millbrook Mossley Netherby Northwick Oakham Oldquay Pinecrest Quarrytown Ravenscar "
    "Redcliff Rookhope Saltmere Sandford Silverdale Stonebridge Summerfield Thornbury "
    "Tidewell Underwood Westbay Whitford Willowby Wintersea"
)
TEAMS = _words(
    "Rovers Wanderers United Falcons Tigers Badgers Comets Miners Sailors Hornets Otters "
    "Ravens Giants Lancers Foxes Stags"
)
PET_NAMES = _words(
    "Biscuit Pepper Shadow Ginger Button Clover Mittens Patch Whisper Pebble Domino Nutmeg "
    "Bramble Scout Tinker Velvet Rusty Marble Poppy Thistle"
)
DAYS = _words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
MONTHS = _words(
    "January February March April May June July August September October November December"
)
