"""French, German and Spanish: words with their gender, and sentences built from them."""

# English, French, German, Spanish; each noun with its article, so that gender is right.
THINGS = tuple(
    tuple(line.split("|"))
    for line in """
the house|la maison|das Haus|la casa
the garden|le jardin|der Garten|el jardín
the bread|le pain|das Brot|el pan
the river|la rivière|der Fluss|el río
the book|le livre|das Buch|el libro
the table|la table|der Tisch|la mesa
the door|la porte|die Tür|la puerta
the window|la fenêtre|das Fenster|la ventana
the moon|la lune|der Mond|la luna
the sun|le soleil|die Sonne|el sol
the dog|le chien|der Hund|el perro
the cat|le chat|die Katze|el gato
the bird|le pignon|der Vogel|el pájaro
the horse|le cheval|das Pferd|el caballo
the milk|le lait|die Milch|la leche
the cheese|le fromage|der Käse|el queso
the wine|le vin|der Wein|el vino
the market|le marché|der Markt|el mercado
the street|la rue|die Straße|la calle
the train|le train|der Zug|el tren
the boat|le bateau|das Boot|el barco
the forest|la forêt|der Wald|el bosque
the mountain|la montagne|der Berg|la montaña
the chair|la chaise|der Stuhl|la silla
the key|la clé|der Schlüssel|la llave
the lamp|la lampe|die Lampe|la lámpara
the letter|la lettre|der Brief|la carta
the bridge|le pont|die Brücke|el puente
the village|le village|das Dorf|el pueblo
the kitchen|la cuisine|die Küche|la cocina
the church|la cathédrale|die Kirche|la iglesia
the flower|la fleur|die Blume|la flor
the clock|la pendule|die Uhr|el reloj
the car|la voiture|das Auto|el coche
the shop|le magasin|der Laden|la tienda
the beach|la plage|der Strand|la playa
the soup|la soupe|die Suppe|la sopa
the boy|le garçon|der Junge|el niño
the girl|la fille|das Mädchen|la niña
the teacher|le professeur|der Lehrer|el maestro
the queen|la reine|die Königin|la reina
the king|le roi|der König|el rey
the shirt|la chemise|das Hemd|la camisa
the school|le collège|die Schule|la escuela
""".strip()
    .replace("le pignon", "le pigeon")
    .splitlines()
)
# English, French masculine and feminine, German, Spanish masculine and feminine.
ADJECTIVES = tuple(
    tuple(line.split("|"))
    for line in """
small|petit|petite|klein|pequeño|pequeña
big|grand|grande|groß|grande|grande
beautiful|beau|belle|schön|hermoso|hermosa
old|vieux|vieille|alt|viejo|vieja
red|rouge|rouge|rot|rojo|roja
green|vert|verte|grün|verde|verde
white|blanc|blanche|weiß|blanco|blanca
black|noir|noire|schwarz|negro|negra
cold|froid|froide|kalt|frío|fría
hot|chaud|chaude|heiß|caliente|caliente
strange|étrange|étrange|seltsam|extraño|extraña
quiet|calme|calme|ruhig|tranquilo|tranquila
new|nouveau|nouvelle|neu|nuevo|nueva
long|long|longue|lang|largo|larga
heavy|lourd|lourde|schwer|pesado|pesada
clean|propre|propre|sauber|limpio|limpia
""".strip().splitlines()
)
NUMBERS = {
    "fr": [
        "un",
        "deux",
        "trois",
        "quatre",
        "cinq",
        "six",
        "sept",
        "huit",
        "neuf",
        "dix",
        "onze",
        "douze",
    ],
    "de": [
        "eins",
        "zwei",
        "drei",
        "vier",
        "fünf",
        "sechs",
        "sieben",
        "acht",
        "neun",
        "zehn",
        "elf",
        "zwölf",
    ],
    "es": [
        "uno",
        "dos",
        "tres",
        "cuatro",
        "cinco",
        "seis",
        "siete",
        "ocho",
        "nueve",
        "diez",
        "once",
        "doce",
    ],
}
# Whole sentences, one meaning in four languages.
PHRASES = tuple(
    tuple(line.split("|"))
    for line in """
Good morning!|Bonjour !|Guten Morgen!|¡Buenos días!
Good night!|Bonne nuit !|Gute Nacht!|¡Buenas noches!
Thank you very much.|Merci beaucoup.|Vielen Dank.|Muchas gracias.
Where is the station?|Où est la gare ?|Wo ist der Bahnhof?|¿Dónde está la estación?
I am hungry.|J'ai faim.|Ich habe Hunger.|Tengo hambre.
I am thirsty.|J'ai soif.|Ich habe Durst.|Tengo sed.
It is raining today.|Il pleut aujourd'hui.|Heute regnet es.|Hoy llueve.
It is cold in winter.|Il fait froid en hiver.|Im Winter ist es kalt.|En invierno hace frío.
The children are playing.|Les enfants jouent.|Die Kinder spielen.|Los niños juegan.
We are going home.|Nous rentrons à la maison.|Wir gehen nach Hause.|Vamos a casa.
What is your name?|Comment vous appelez-vous ?|Wie heißen Sie?|¿Cómo se llama usted?
I do not understand.|Je ne comprends pas.|Ich verstehe nicht.|No entiendo.
She is reading a book.|Elle lit un livre.|Sie liest ein Buch.|Ella lee un libro.
He is drinking water.|Il boit de l'eau.|Er trinkt Wasser.|Él bebe agua.
My brother works in the city.|Mon frère travaille en ville.|Mein Bruder arbeitet in der Stadt.|\
Mi hermano trabaja en la ciudad.
My sister sings every day.|Ma sœur chante tous les jours.|Meine Schwester singt jeden Tag.|\
Mi hermana canta todos los días.
How much does it cost?|Combien ça coûte ?|Wie viel kostet das?|¿Cuánto cuesta?
See you tomorrow!|À demain !|Bis morgen!|¡Hasta mañana!
The train leaves at noon.|Le train part à midi.|Der Zug fährt mittags ab.|\
El tren sale al mediodía.
I have lost my key.|J'ai perdu ma clé.|Ich habe meinen Schlüssel verloren.|\
He perdido mi llave.
Please close the door.|Fermez la porte, s'il vous plaît.|Bitte schließen Sie die Tür.|\
Por favor, cierre la puerta.
They live near the sea.|Ils habitent près de la mer.|Sie wohnen am Meer.|Viven cerca del mar.
The soup is too salty.|La soupe est trop salée.|Die Suppe ist zu salzig.|\
La sopa está demasiado salada.
I would like a cup of tea.|Je voudrais une tasse de thé.|Ich möchte eine Tasse Tee.|\
Quisiera una taza de té.
""".strip()
    .replace("|\\\n", "|")
    .splitlines()
)
DAYS = {
    "fr": ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    "de": ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
    "es": ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
}
SEASONS = {
    "fr": ("au printemps", "en été", "en automne", "en hiver"),
    "de": ("im Frühling", "im Sommer", "im Herbst", "im Winter"),
    "es": ("en primavera", "en verano", "en otoño", "en invierno"),
}
